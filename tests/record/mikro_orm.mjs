// What MikroORM sends for migrations with these bodies, by its own runner, without a server.
//
//   mkdir /somewhere && cd /somewhere && npm install @mikro-orm/{core,migrations,postgresql}@6.4.3
//   node tests/record/mikro_orm.mjs /somewhere > fixtures/recorded/mikro_orm.json
//
// "BEGIN" and "COMMIT" stand where its connection opens and ends a transaction for the migration.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.resolve(process.argv[2], "package.json"));
const { MikroORM } = require("@mikro-orm/postgresql");
const { Migration, MigrationRunner } = require("@mikro-orm/migrations");

const UPS = [
  async function () { this.addSql('alter table "users" add column "nick" text null;'); },
  async function () { this.addSql('create table "users" ("id" serial primary key, "email" varchar(255) not null);'); this.addSql('alter table "users" add constraint "users_email_unique" unique ("email");'); },
  async function () { this.addSql("alter table \"users\" drop column \"nick\";"); },
  async function () { this.addSql('update "users" set "a" = 1; update "users" set "b" = 2;'); },
  async function () { const name = "users"; this.addSql(`create index "${name}_email_index" on "${name}" ("email");`); },
  async function () { for (const column of ["a", "b"]) this.addSql('alter table "users" add column "' + column + '" int null;'); },
  async function () { await this.execute('update "users" set "a" = 1 where "b" is null'); },
  async function () { await this.execute('update "users" set "a" = ?, "b" = ? where "c" = ?', [1, true, "it's"]); },
  async function () { await this.execute('update ?? set ?? = ? where "id" in (?)', ["users", "a", null, [1, 2]]); },
  async function () { await this.execute('update "users" set "a" = ? where "b"::jsonb \\? ?', [{ c: [1, "it's"] }, "x"]); },
  async function () { this.addSql('drop table "users";'); await this.execute('create table "posts" ("id" int not null);'); },
  async function () { const rows = await this.execute('select "id" from "users"'); this.addSql('drop table if exists "users" cascade;'); },
  async function () { await this.driver.execute('delete from "users"'); },
  function () { this.addSql('create type "state" as enum (\'a\', \'b\');'); return this.addSql('alter table "users" add column "state" "state" not null default \'a\';'); },
];
const ALONE = [
  async function () { this.addSql('create index concurrently "users_email" on "users" ("email");'); },
  async function () { this.addSql("set lock_timeout = '1s'; drop index \"users_email\";"); },
];

const orm = MikroORM.initSync({
  dbName: "app",
  entities: [],
  connect: false,
  discovery: { warnWhenNoEntities: false },
});
const driver = orm.em.getDriver();
const connection = driver.getConnection();
let sent = [];
connection.ensureConnection = async () => {};
connection.executeQuery = (sql, run) => run();
connection.getKnex = () => ({
  raw: async (sql) => {
    if (!/^set names/.test(sql)) sent.push(sql);
    return { rows: [], rowCount: 0 };
  },
});
connection.transactional = async (run) => {
  sent.push("BEGIN");
  await run(undefined);
  sent.push("COMMIT");
};

async function recorded(up, wraps) {
  class Made extends Migration {
    isTransactional() {
      return wraps;
    }
  }
  Made.prototype.up = up;
  sent = [];
  const runner = new MigrationRunner(driver, { transactional: true }, orm.config);
  await runner.run(new Made(driver, orm.config), "up");
  const call = up.toString().replace(/^[^{]*\{ /, "").replace(/ \}$/, "");
  const entry = { call, dialect: "postgresql", sql: sent };
  return JSON.stringify(wraps ? entry : { ...entry, alone: true });
}

const lines = [];
for (const up of UPS) lines.push(await recorded(up, true));
for (const up of ALONE) lines.push(await recorded(up, false));
const { version } = require("@mikro-orm/migrations/package.json");
console.log(`{"tool": "mikro-orm", "version": ${JSON.stringify(version)}, "calls": [`);
console.log(lines.join(",\n") + "\n]}");
