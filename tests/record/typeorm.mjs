// What TypeORM sends for each call of the query runner: written to fixtures/recorded/typeorm.json,
// a call a line. PostgreSQL is a real server, SQLite a real database in memory; of MySQL there is
// the query runner without a server, whose tables are those that were made before the call.
//
//   mkdir /tmp/record && cd /tmp/record && npm install typeorm@1.1 pg sql.js mysql2
//   cp …/tests/record/typeorm.mjs . && PGHOST=… PGUSER=… PGDATABASE=… node typeorm.mjs > …/typeorm.json

import { readFileSync } from 'node:fs';
import * as typeorm from 'typeorm';
import mysql from 'typeorm/driver/mysql/MysqlQueryRunner.js';

const USERS = `CREATE TABLE "users" ("id" int NOT NULL, "name" varchar(20), "age" int, "at" timestamp NOT NULL DEFAULT now(), "state" text DEFAULT 'new', "price" numeric(8,2) NOT NULL, "note" text)`;
const ORDERS = `CREATE TABLE "orders" ("id" int PRIMARY KEY, "user_id" int, "code" text)`;
const KEYED = `CREATE TABLE "users" ("id" int PRIMARY KEY, "name" varchar(20))`;

const OWN = [
  'CREATE TYPE "users_mood_enum" AS ENUM (\'a\')',
  'CREATE TABLE "users" ("id" SERIAL NOT NULL, "name" character varying(20) NOT NULL, "age" integer, "mood" "users_mood_enum", CONSTRAINT "UQ_51b8b26ac168fbe7d6f5653e6cf" UNIQUE ("name"), CONSTRAINT "PK_a3ffb1c0c8416b9fc6f907b7433" PRIMARY KEY ("id"))',
  'CREATE INDEX "IDX_51b8b26ac168fbe7d6f5653e6c" ON "users" ("name")',
  'CREATE INDEX "own" ON "users" ("age")',
  'CREATE TABLE "orders" ("id" integer, "code" integer, "userId" integer, CONSTRAINT "key" PRIMARY KEY ("id", "code"), CONSTRAINT "FK_151b79a83ba240b0cb31b2302d1" FOREIGN KEY ("userId") REFERENCES "users"("id"))',
];

const COLUMNS = `
{ name: "a", type: "int" }
{ name: "a", type: "int", isNullable: true }
{ name: "a", type: "varchar", length: "20", isNullable: true }
{ name: "a", type: "varchar", length: "20", default: "'new'" }
{ name: "a", type: "decimal", precision: 10, scale: 2, default: 0 }
{ name: "a", type: "numeric", precision: 10, isNullable: true }
{ name: "a", type: "boolean", default: false }
{ name: "a", type: "text", isNullable: true, comment: "it's" }
{ name: "a", type: "int", isUnique: true, isNullable: true }
{ name: "a", type: "text", isNullable: true, default: "'it''s'" }
`;
const OF_POSTGRESQL = `
{ name: "a", type: "timestamp with time zone", default: "now()" }
{ name: "a", type: "timestamp without time zone", precision: 3, isNullable: true }
{ name: "a", type: "time with time zone", isNullable: true }
{ name: "a", type: "time without time zone", precision: 0, isNullable: true }
{ name: "a", type: "int", isArray: true, isNullable: true }
{ name: "a", type: "enum", enum: ["x", "it's"], default: "'x'" }
{ name: "a", type: "simple-enum", enum: ["x", "y"], enumName: "moods", isNullable: true }
{ name: "a", type: "enum", enum: ["x", "y"], isArray: true, isNullable: true }
{ name: "a", type: "uuid", isGenerated: true, generationStrategy: "uuid" }
{ name: "a", type: "int", isGenerated: true, generationStrategy: "increment" }
{ name: "a", type: "bigint", isGenerated: true }
{ name: "a", type: "smallint", isGenerated: true, generationStrategy: "increment" }
{ name: "a", type: "int", isGenerated: true, generationStrategy: "identity" }
{ name: "a", type: "int", isGenerated: true, generationStrategy: "identity", generatedIdentity: "ALWAYS" }
{ name: "a", type: "text", collation: "C", isNullable: true }
{ name: "a", type: "jsonb", default: "'{}'" }
`;
const OF_MYSQL = `
{ name: "a", type: "int", unsigned: true }
{ name: "a", type: "varchar" }
{ name: "a", type: "enum", enum: ["x", "it's"], default: "'x'" }
{ name: "a", type: "datetime", default: "CURRENT_TIMESTAMP", onUpdate: "CURRENT_TIMESTAMP" }
{ name: "a", type: "text", charset: "utf8mb4", collation: "utf8mb4_bin", isNullable: true }
`;
const TABLES = `
{ name: "t", columns: [{ name: "id", type: "int", isPrimary: true }] }
{ name: "t", columns: [{ name: "a", type: "int", isPrimary: true }, { name: "b", type: "int", isPrimary: true }] }
{ name: "t", columns: [{ name: "id", type: "int" }, { name: "b", type: "text", isUnique: true, isNullable: true }] }
{ name: "t", columns: [{ name: "a", type: "int" }], indices: [{ columnNames: ["a"] }, { name: "own", columnNames: ["a"], isUnique: true }] }
{ name: "t", columns: [{ name: "a", type: "int" }], foreignKeys: [{ columnNames: ["a"], referencedTableName: "orders", referencedColumnNames: ["id"], onDelete: "CASCADE", onUpdate: "NO ACTION" }] }
{ name: "t", columns: [{ name: "a", type: "int" }], foreignKeys: [{ name: "mine", columnNames: ["a"], referencedTableName: "orders", referencedColumnNames: ["id"] }] }
`;
const MORE_TABLES = `
{ name: "t", columns: [{ name: "a", type: "int" }, { name: "b", type: "int" }], uniques: [{ columnNames: ["b", "a"] }, { name: "own", columnNames: ["a"] }] }
{ name: "t", columns: [{ name: "a", type: "int" }], checks: [{ expression: "a > 0" }, { name: "own", expression: "a < 9" }] }
`;
const TABLES_OF_POSTGRESQL = `
{ name: "t", columns: [{ name: "id", type: "uuid", isPrimary: true, isGenerated: true, generationStrategy: "uuid" }] }
{ name: "t", columns: [{ name: "id", type: "int", isPrimary: true, isGenerated: true, generationStrategy: "increment" }], comment: "what it's for" }
{ name: "t", columns: [{ name: "id", type: "int", isPrimary: true, primaryKeyConstraintName: "mine" }] }
{ name: "t", columns: [{ name: "a", type: "enum", enum: ["x"] }, { name: "b", type: "enum", enum: ["y"], enumName: "kinds" }] }
{ name: "app.t", columns: [{ name: "a", type: "int", isPrimary: true }], indices: [{ columnNames: ["a"], where: "a > 0" }] }
{ name: "t", columns: [{ name: "a", type: "int4range" }], exclusions: [{ expression: 'USING gist ("a" WITH &&)' }] }
{ name: "t", columns: [{ name: "a", type: "text", comment: "the a" }] }
{ schema: "app", name: "t", columns: [{ name: "a", type: "int", isPrimary: true, isUnique: true }, { name: "b", type: "enum", enum: ["x"] }], indices: [{ columnNames: ["a"] }], comment: "it" }
{ schema: "app", name: "t", columns: [{ name: "a", type: "int" }], foreignKeys: [{ columnNames: ["a"], referencedTableName: "orders", referencedSchema: "public", referencedColumnNames: ["id"] }] }
{ schema: "app", name: "public.t", columns: [{ name: "a", type: "int" }] }
{ schema: "public", name: "t", columns: [{ name: "a", type: "int" }], indices: [{ columnNames: ["a"] }] }
{ name: "t", columns: [{ name: "a", type: "int" }], uniques: [{ columnNames: ["a"], deferrable: "INITIALLY DEFERRED" }], foreignKeys: [{ columnNames: ["a"], referencedTableName: "orders", referencedColumnNames: ["id"], deferrable: "INITIALLY IMMEDIATE" }] }
`;
const INDEXES = `
{ columnNames: ["name"] }
{ columnNames: ["name", "age"], isUnique: true }
{ name: "own", columnNames: ["age"] }
`;
const INDEXES_OF_POSTGRESQL = `
{ name: "own", columnNames: ["age"], where: '"age" > 3' }
{ columnNames: ["age"], where: '"age" > 3' }
{ columnNames: ["name"], type: "hash" }
{ columnNames: ["name"], isConcurrent: true }
`;
const CHANGES = [
  ['"age"', '{ name: "age", type: "bigint", isNullable: true }'],
  ['"age"', '{ name: "age", type: "int", isNullable: true }'],
  ['"age"', '{ name: "age", type: "integer" }'],
  ['"age"', '{ name: "years", type: "integer", isNullable: true }'],
  ['"name"', '{ name: "name", type: "varchar", length: "40", isNullable: true }'],
  ['"name"', '{ name: "name", type: "character varying", length: "40", isNullable: true }'],
  ['"name"', '{ name: "name", type: "character varying", length: "20" }'],
  ['"name"', '{ name: "name", type: "character varying", length: "20", isNullable: true, isUnique: true }'],
  ['"state"', '{ name: "state", type: "text", isNullable: true, default: "\'old\'" }'],
  ['"state"', '{ name: "state", type: "text", isNullable: true }'],
  ['"note"', '{ name: "note", type: "text", isNullable: true, default: "\'\'" }'],
  ['"price"', '{ name: "price", type: "numeric", precision: 10, scale: 2 }'],
  ['new TableColumn({ name: "age", type: "int", isNullable: true })', '{ name: "age", type: "bigint", isNullable: true }'],
  ['new TableColumn({ name: "age", type: "int", isNullable: true })', '{ name: "age", type: "int" }'],
  ['new TableColumn({ name: "age", type: "int", isNullable: true })', '{ name: "age", type: "int", isNullable: true, default: 3 }'],
];

const lines = (text) => text.trim().split('\n');
const both = (text) => lines(text).flatMap((each) => [
  { call: `queryRunner.addColumn("users", new TableColumn(${each}))`, setup: [USERS] },
]);
const made = (text) => lines(text).map((each) => (
  { call: `queryRunner.createTable(new Table(${each}))`, setup: [ORDERS, 'CREATE SCHEMA app'] }
));
const indexed = (text) => lines(text).map((each) => (
  { call: `queryRunner.createIndex("users", new TableIndex(${each}))`, setup: [USERS] }
));
const of = (setup, ...calls) => calls.map((call) => ({ call, setup }));

const POSTGRESQL = [
  ...both(COLUMNS), ...both(OF_POSTGRESQL),
  ...made(TABLES), ...made(MORE_TABLES), ...made(TABLES_OF_POSTGRESQL),
  ...indexed(INDEXES), ...indexed(INDEXES_OF_POSTGRESQL),
  ...CHANGES.map(([old, now]) => (
    { call: `queryRunner.changeColumn("users", ${old}, new TableColumn(${now}))`, setup: [USERS] }
  )),
  ...of([USERS, ORDERS],
    'queryRunner.addColumns("users", [new TableColumn({ name: "a", type: "int" }), { name: "b", type: "text", isNullable: true }])',
    'queryRunner.addColumn("users", new TableColumn({ name: "key", type: "int", isPrimary: true }))',
    'queryRunner.dropColumn("users", "age")',
    'queryRunner.dropColumns("users", ["age", "note"])',
    'queryRunner.renameColumn("users", "age", "years")',
    'queryRunner.renameTable("users", "people")',
    'queryRunner.dropTable("users")',
    'queryRunner.clearTable("users")',
    'queryRunner.clearTable("users", { cascade: true })',
    'queryRunner.changeTableComment("users", "who they are")',
    'queryRunner.createPrimaryKey("users", ["id"])',
    'queryRunner.createPrimaryKey("users", ["id"], "mine")',
    'queryRunner.createUniqueConstraint("users", new TableUnique({ columnNames: ["name"] }))',
    'queryRunner.createUniqueConstraint("users", new TableUnique({ name: "own", columnNames: ["name", "age"], deferrable: "INITIALLY DEFERRED" }))',
    'queryRunner.createUniqueConstraints("users", [new TableUnique({ columnNames: ["name"] }), new TableUnique({ name: "own", columnNames: ["age"] })])',
    'queryRunner.createCheckConstraint("users", new TableCheck({ expression: "age > 0" }))',
    'queryRunner.createCheckConstraint("users", new TableCheck({ name: "own", expression: "age > 0" }))',
    'queryRunner.createCheckConstraints("users", [new TableCheck({ expression: "age > 0" }), new TableCheck({ expression: "age < 9" })])',
    'queryRunner.createExclusionConstraint("users", new TableExclusion({ expression: \'USING gist ("at" WITH =)\' }))',
    'queryRunner.createForeignKey("orders", new TableForeignKey({ columnNames: ["user_id"], referencedColumnNames: ["id"], referencedTableName: "users", onDelete: "SET NULL" }))',
    'queryRunner.createForeignKey("orders", new TableForeignKey({ name: "own", columnNames: ["user_id"], referencedColumnNames: ["id"], referencedTableName: "users", onUpdate: "CASCADE", deferrable: "INITIALLY DEFERRED" }))',
    'queryRunner.createForeignKeys("orders", [new TableForeignKey({ columnNames: ["user_id"], referencedColumnNames: ["id"], referencedTableName: "users" })])',
    'queryRunner.createIndices("users", [new TableIndex({ columnNames: ["name"] }), new TableIndex({ columnNames: ["age"] })])',
    'queryRunner.query("UPDATE users SET age = 3")',
    'queryRunner.createSchema("shop")',
    'queryRunner.createSchema("shop", true)',
    'queryRunner.createView(new View({ name: "adults", expression: "SELECT * FROM users WHERE age > 17" }))',
    'queryRunner.createView(new View({ name: "adults", expression: "SELECT * FROM users", materialized: true }))',
  ),
  ...of([KEYED, 'ALTER TABLE users ADD CONSTRAINT named UNIQUE (name)', 'ALTER TABLE users ADD CONSTRAINT tested CHECK (id > 0)', 'CREATE INDEX found ON users (name)', ORDERS, 'ALTER TABLE orders ADD CONSTRAINT owner FOREIGN KEY (user_id) REFERENCES users', 'CREATE SCHEMA shop'],
    'queryRunner.dropUniqueConstraint("users", "named")',
    'queryRunner.dropUniqueConstraints("users", [new TableUnique({ name: "named", columnNames: ["name"] })])',
    'queryRunner.dropCheckConstraint("users", "tested")',
    'queryRunner.dropCheckConstraints("users", [new TableCheck({ name: "tested", expression: "" })])',
    'queryRunner.dropForeignKey("orders", "owner")',
    'queryRunner.dropForeignKeys("orders", [new TableForeignKey({ name: "owner", columnNames: ["user_id"], referencedTableName: "users", referencedColumnNames: ["id"] })])',
    'queryRunner.dropIndex("users", "found")',
    'queryRunner.dropIndex("users", new TableIndex({ name: "found", columnNames: ["name"], isConcurrent: true }))',
    'queryRunner.dropIndices("users", [new TableIndex({ name: "found", columnNames: ["name"] })])',
    'queryRunner.dropSchema("shop")',
    'queryRunner.dropSchema("shop", true, true)',
  ),
];
POSTGRESQL.push(...of(OWN,
  'queryRunner.renameTable("users", "people")',
  'queryRunner.renameTable("orders", "sales")',
  'queryRunner.renameColumn("users", "id", "key")',
  'queryRunner.renameColumn("users", "name", "label")',
  'queryRunner.renameColumn("users", "age", "years")',
  'queryRunner.renameColumn("users", "mood", "state")',
  'queryRunner.renameColumn("orders", "userId", "ownerId")',
  'queryRunner.renameColumn("orders", "id", "number")',
  'queryRunner.changeColumn("users", "name", new TableColumn({ name: "label", type: "character varying", length: "20", isUnique: true }))',
  'queryRunner.dropColumn("users", "name")',
  'queryRunner.dropColumn("users", "age")',
  'queryRunner.dropColumn("users", "mood")',
  'queryRunner.dropColumn("orders", "code")',
  'queryRunner.dropColumns("users", ["age", "mood"])',
  'queryRunner.addColumn("orders", new TableColumn({ name: "more", type: "int", isPrimary: true }))',
  'queryRunner.changeColumn("orders", "code", new TableColumn({ name: "code", type: "bigint", isPrimary: true }))',
  'queryRunner.dropPrimaryKey("users")',
  'queryRunner.dropPrimaryKey("orders", "other")',
  'queryRunner.dropIndex("users", new TableIndex({ columnNames: ["name"] }))',
  'queryRunner.dropForeignKey("orders", new TableForeignKey({ columnNames: ["userId"], referencedColumnNames: ["id"], referencedTableName: "users" }))',
  'queryRunner.dropUniqueConstraint("users", new TableUnique({ columnNames: ["name"] }))',
), ...of(OWN.slice(0, -1),
  'queryRunner.dropColumn("users", "id")',
  'queryRunner.addColumn("users", new TableColumn({ name: "more", type: "int", isPrimary: true }))',
));
const PLAIN = 'new Table({ name: "users", columns: [{ name: "id", type: "int" }, { name: "name", type: "varchar", length: "20" }, { name: "age", type: "int" }] })';
const MYSQL = [
  ...both(COLUMNS), ...both(OF_MYSQL), ...made(TABLES), ...indexed(INDEXES),
  ...of([],
    'queryRunner.createIndex("users", new TableIndex({ name: "words", columnNames: ["name"], isFulltext: true, parser: "ngram" }))',
    'queryRunner.dropColumn("users", "age")',
    'queryRunner.dropTable("users")',
    'queryRunner.clearTable("users")',
    'queryRunner.renameTable("users", "people")',
    'queryRunner.createPrimaryKey("users", ["id"])',
    'queryRunner.createForeignKey("users", new TableForeignKey({ columnNames: ["id"], referencedColumnNames: ["id"], referencedTableName: "people", onDelete: "CASCADE" }))',
  ),
];
const SQLITE = [...made(TABLES), ...made(MORE_TABLES), ...indexed(INDEXES)].map((each) => (
  { ...each, setup: ['CREATE TABLE "users" ("id" int, "name" varchar(20), "age" int)', ORDERS] }
));

const READS = /^\s*(SELECT|SHOW|PRAGMA)\b/i;
const names = Object.keys(typeorm).filter((each) => /^(Table|View)/.test(each));
const run = (call, queryRunner) => Function(
  'queryRunner', ...names, `return ${call}`,
)(queryRunner, ...names.map((each) => typeorm[each]));

async function recorded(dialect, { call, setup }, queryRunner) {
  const sql = [];
  const send = queryRunner.query;
  for (const each of setup) await send.call(queryRunner, each);
  queryRunner.query = function (text, ...rest) {
    if (!READS.test(text) && !/typeorm_metadata/.test(text)) sql.push(text);
    return send.call(this, text, ...rest);
  };
  try {
    await run(call, queryRunner);
  } catch (why) {
    if (!sql.length) throw new Error(`${dialect}: ${call}: ${why.message}`);
  }
  queryRunner.query = send;
  return JSON.stringify({ call, dialect, setup, sql });
}

const out = [];
const server = await new typeorm.DataSource({
  type: 'postgres', host: process.env.PGHOST, username: process.env.PGUSER, database: process.env.PGDATABASE,
}).initialize();
for (const each of POSTGRESQL) {
  await server.query('DROP SCHEMA IF EXISTS public CASCADE');
  await server.query('DROP SCHEMA IF EXISTS app CASCADE');
  await server.query('DROP SCHEMA IF EXISTS shop CASCADE');
  await server.query('CREATE SCHEMA public');
  await server.query(`CREATE FUNCTION uuid_generate_v4() RETURNS uuid LANGUAGE sql AS 'SELECT gen_random_uuid()'`);
  const queryRunner = server.createQueryRunner();
  out.push(await recorded('postgresql', each, queryRunner));
  await queryRunner.release();
}
await server.destroy();
for (const each of SQLITE) {
  const memory = await new typeorm.DataSource({ type: 'sqljs' }).initialize();
  const queryRunner = memory.createQueryRunner();
  out.push(await recorded('sqlite', each, queryRunner));
  await memory.destroy();
}
const away = new typeorm.DataSource({ type: 'mysql', database: 'shop' });
for (const each of MYSQL) {
  const queryRunner = new mysql.MysqlQueryRunner(away.driver, 'master');
  queryRunner.query = async () => [];
  queryRunner.getCachedTable = async () => run(PLAIN, queryRunner);
  out.push(await recorded('mysql', { ...each, setup: [] }, queryRunner));
}
const { version } = JSON.parse(readFileSync(new URL('node_modules/typeorm/package.json', import.meta.url)));
console.log(`{"typeorm": ${JSON.stringify(version)}, "calls": [\n${out.join(',\n')}\n]}`);
