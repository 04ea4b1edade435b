// What Kysely makes of each call on PostgreSQL, MySQL and SQLite, with the values that it would
// send apart put into their places: written to fixtures/recorded/kysely.json, a call and a database
// a line. Nothing connects to a database.
//
//   mkdir /tmp/record && cd /tmp/record && npm install kysely@0.28
//   cp …/tests/record/kysely.mjs . && node kysely.mjs > …/fixtures/recorded/kysely.json

import { readFileSync } from 'node:fs';
import {
  DummyDriver, Kysely, MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler,
  PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler, SqliteAdapter, SqliteIntrospector,
  SqliteQueryCompiler, sql,
} from 'kysely';

const CALLS = String.raw`
db.schema.createTable('users').addColumn('id', 'integer', (col) => col.primaryKey())
db.schema.createTable('users').addColumn('id', 'serial', (col) => col.primaryKey()).addColumn('email', 'varchar(255)', (c) => c.notNull().unique()).addColumn('bio', 'text')
db.schema.createTable('app.users').ifNotExists().addColumn('id', 'uuid', (col) => col.primaryKey().defaultTo(sql${'`'}gen_random_uuid()${'`'}))
db.schema.createTable('users').temporary().addColumn('id', 'bigint').onCommit('drop')
db.schema.createTable('t').addColumn('a', 'text', (c) => c.defaultTo("it's")).addColumn('b', 'integer', (c) => c.defaultTo(0)).addColumn('c', 'boolean', (c) => c.defaultTo(false).notNull()).addColumn('d', 'text', (c) => c.defaultTo(null))
db.schema.createTable('t').addColumn('a', 'integer', (c) => c.references('users.id').onDelete('cascade').onUpdate('set null'))
db.schema.createTable('t').addColumn('a', 'integer', (c) => c.references('app.users.id').notNull())
db.schema.createTable('t').addColumn('a', 'integer', (c) => c.check(sql${'`'}a > 0${'`'}))
db.schema.createTable('t').addColumn('a', 'integer', (c) => c.autoIncrement().primaryKey())
db.schema.createTable('t').addColumn('a', 'integer', (c) => c.unsigned().notNull())
db.schema.createTable('t').addColumn('a', 'integer').addColumn('b', 'integer', (c) => c.generatedAlwaysAs(sql${'`'}a * 2${'`'}).stored())
db.schema.createTable('t').addColumn('a', 'integer', (c) => c.generatedAlwaysAsIdentity())
db.schema.createTable('t').addColumn('a', 'integer', (c) => c.generatedByDefaultAsIdentity().primaryKey())
db.schema.createTable('t').addColumn('a', 'text', (c) => c.unique().nullsNotDistinct())
db.schema.createTable('t').addColumn('a', 'text', (c) => c.modifyFront(sql${'`'}collate "C"${'`'}).modifyEnd(sql${'`'}check (a <> '')${'`'}))
db.schema.createTable('t').addColumn('a', sql${'`'}numeric(10, 2)[]${'`'}, (c) => c.notNull())
db.schema.createTable('t').addColumn('a', sql.raw('citext'))
db.schema.createTable('t').addColumn('a', 'timestamptz', (c) => c.defaultTo(sql${'`'}now()${'`'}).notNull()).addColumn('b', 'decimal(8, 2)').addColumn('c', 'jsonb').addColumn('d', 'bytea')
db.schema.createTable('t').addColumn('a', 'integer').addColumn('b', 'integer').addPrimaryKeyConstraint('t_pk', ['a', 'b'])
db.schema.createTable('t').addColumn('a', 'integer').addUniqueConstraint('t_a', ['a'])
db.schema.createTable('t').addColumn('a', 'integer').addUniqueConstraint('t_a', ['a'], (u) => u.nullsNotDistinct())
db.schema.createTable('t').addColumn('a', 'integer').addUniqueConstraint('t_a', ['a'], (u) => u.deferrable().initiallyDeferred())
db.schema.createTable('t').addColumn('a', 'integer').addPrimaryKeyConstraint('t_pk', ['a'], (p) => p.deferrable().initiallyImmediate())
db.schema.createTable('t').addColumn('a', 'integer').addCheckConstraint('a_check', sql${'`'}a > 0${'`'})
db.schema.createTable('t').addColumn('a', 'integer').addForeignKeyConstraint('t_fk', ['a'], 'users', ['id'], (cb) => cb.onDelete('cascade').onUpdate('no action'))
db.schema.createTable('t').addColumn('a', 'integer').addForeignKeyConstraint('t_fk', ['a'], 'app.users', ['id'])
db.schema.createTable('t').addColumn('a', 'integer').addForeignKeyConstraint('t_fk', ['a'], 'users', ['id'], (cb) => cb.deferrable().initiallyDeferred())
db.schema.createTable('t').addColumn('a', 'integer').modifyEnd(sql${'`'}partition by range (a)${'`'})
db.schema.createTable('t').modifyFront(sql${'`'}unlogged${'`'}).addColumn('a', 'integer')
db.schema.createTable('t').as(db.selectFrom('users').select(['id', 'email']))
db.schema.withSchema('app').createTable('t').addColumn('a', 'integer', (c) => c.references('users.id'))
db.withSchema('app').schema.createTable('t').addColumn('a', 'integer').addForeignKeyConstraint('fk', ['a'], 'users', ['id'])
db.schema.createTable('camelCase').addColumn('someName', 'text')
db.schema.createTable('t').addColumn('a', 'integer').$call((b) => b.addColumn('b', 'text'))
db.schema.dropTable('users')
db.schema.dropTable('app.users').ifExists().cascade()
db.schema.withSchema('app').dropTable('users')
db.schema.alterTable('users').addColumn('age', 'integer')
db.schema.alterTable('users').addColumn('age', 'integer', (c) => c.notNull().defaultTo(0)).addColumn('bio', 'text')
db.schema.alterTable('users').addColumn('age', 'integer', (c) => c.ifNotExists())
db.schema.alterTable('users').addColumn('team_id', 'integer', (c) => c.references('teams.id').onDelete('set null'))
db.schema.alterTable('users').dropColumn('age')
db.schema.alterTable('users').dropColumn('age').dropColumn('bio')
db.schema.alterTable('users').renameColumn('age', 'years')
db.schema.alterTable('users').alterColumn('age', (c) => c.setDataType('bigint'))
db.schema.alterTable('users').alterColumn('age', (c) => c.setDataType(sql${'`'}integer using age::integer${'`'}))
db.schema.alterTable('users').alterColumn('age', (c) => c.setDefault(5))
db.schema.alterTable('users').alterColumn('age', (c) => c.setDefault(sql${'`'}now()${'`'})).alterColumn('age', (c) => c.dropDefault())
db.schema.alterTable('users').alterColumn('age', (c) => c.setNotNull())
db.schema.alterTable('users').alterColumn('age', (c) => c.dropNotNull())
db.schema.alterTable('users').modifyColumn('age', 'bigint', (c) => c.notNull())
db.schema.alterTable('users').renameTo('people')
db.schema.alterTable('app.users').setSchema('old')
db.schema.alterTable('users').addUniqueConstraint('u', ['a', 'b'])
db.schema.alterTable('users').addUniqueConstraint('u', ['a'], (u) => u.nullsNotDistinct())
db.schema.alterTable('users').addPrimaryKeyConstraint('pk', ['a'])
db.schema.alterTable('users').addCheckConstraint('c', sql${'`'}a > 0${'`'})
db.schema.alterTable('users').addForeignKeyConstraint('fk', ['team_id'], 'teams', ['id'])
db.schema.alterTable('users').addForeignKeyConstraint('fk', ['team_id'], 'teams', ['id']).onDelete('cascade').onUpdate('restrict').deferrable().initiallyDeferred()
db.schema.alterTable('users').addForeignKeyConstraint('fk', ['team_id'], 'teams', ['id'], (b) => b.onDelete('set null'))
db.schema.alterTable('users').dropConstraint('fk')
db.schema.alterTable('users').dropConstraint('fk').ifExists().cascade()
db.schema.alterTable('users').dropConstraint('fk').restrict()
db.schema.alterTable('users').renameConstraint('a', 'b')
db.schema.alterTable('users').addIndex('i').columns(['a', 'b']).unique()
db.schema.alterTable('users').dropIndex('i')
db.schema.withSchema('app').alterTable('users').addColumn('age', 'integer')
db.schema.createIndex('users_email').on('users').column('email')
db.schema.createIndex('users_email').on('users').columns(['email', 'name desc']).unique().ifNotExists()
db.schema.createIndex('users_email').on('app.users').using('hash').column('email')
db.schema.createIndex('users_email').on('users').expression(sql${'`'}lower(email)${'`'})
db.schema.createIndex('users_email').on('users').column('a').expression(sql${'`'}lower(b)${'`'})
db.schema.createIndex('users_email').on('users').column('email').where('deleted', '=', false)
db.schema.createIndex('users_email').on('users').column('email').where('deleted_at', 'is', null).where('age', '>', 5)
db.schema.createIndex('users_email').on('users').column('email').where(sql.ref('a'), 'in', ['x', 'y'])
db.schema.createIndex('users_email').on('users').column('email').where(sql${'`'}length(a) > 3${'`'})
db.schema.createIndex('users_email').on('users').column('email').where((eb) => eb.or([eb('a', '=', 1), eb('b', 'is not', null)]))
db.schema.createIndex('users_email').on('users').column('email').unique().nullsNotDistinct()
db.schema.withSchema('app').createIndex('i').on('users').column('email')
db.schema.dropIndex('users_email')
db.schema.dropIndex('users_email').on('users').ifExists().cascade()
db.schema.withSchema('app').dropIndex('users_email')
db.schema.createSchema('app').ifNotExists()
db.schema.dropSchema('app').ifExists().cascade()
db.schema.createType('mood').asEnum(['sad', 'ok', "it's"])
db.schema.createType('app.mood').asEnum(['sad'])
db.schema.dropType('mood').ifExists()
db.schema.createView('v').as(db.selectFrom('users').select('id'))
db.schema.createView('v').orReplace().columns(['a']).as(db.selectFrom('users').selectAll().where('age', '>', 18))
db.schema.createView('m').materialized().ifNotExists().as(sql${'`'}select 1 as a${'`'})
db.schema.createView('v').temporary().as(db.selectFrom('users').select(['users.id as key', 'name']))
db.schema.dropView('v').ifExists().cascade()
db.schema.dropView('m').materialized()
db.schema.refreshMaterializedView('m').concurrently()
db.schema.refreshMaterializedView('m').withNoData()
sql${'`'}create extension if not exists pg_trgm${'`'}
sql${'`'}alter table ${'${'}sql.table('app.users')} add column ${'${'}sql.ref('a')} int${'`'}
sql${'`'}update users set name = ${'${'}'x'}, age = ${'${'}5} where ok = ${'${'}true}${'`'}
sql${'`'}create table ${'${'}sql.id('app', 't')} (a text default ${'${'}sql.lit('b')})${'`'}
sql${'`'}delete from users where id in (${'${'}sql.join([1, 2, 3])})${'`'}
sql.raw('drop table users')
db.insertInto('users').values({ name: 'a', age: 5 })
db.insertInto('users').values([{ name: 'a', age: 5 }, { name: 'b' }])
db.insertInto('users').values({ name: 'a', at: sql${'`'}now()${'`'} }).returning('id')
db.insertInto('users').values({ id: 1 }).onConflict((oc) => oc.column('id').doNothing())
db.insertInto('users').values({ id: 1, name: 'a' }).onConflict((oc) => oc.columns(['id', 'b']).doUpdateSet({ name: 'b' }))
db.insertInto('users').values({ id: 1, name: 'a' }).onConflict((oc) => oc.constraint('pk').doUpdateSet({ name: (eb) => eb.ref('excluded.name') }))
db.insertInto('users').columns(['id', 'name']).expression(db.selectFrom('old').select(['id', 'name']))
db.insertInto('users').expression((eb) => eb.selectFrom('old').selectAll())
db.insertInto('users').defaultValues()
db.updateTable('users').set({ name: 'a' })
db.updateTable('users').set({ name: 'a', at: sql${'`'}now()${'`'} }).where('id', '=', 1)
db.updateTable('users').set('name', 'x').where('name', 'is', null).where('age', 'in', [1, 2])
db.updateTable('users').set((eb) => ({ age: eb('age', '+', 1) })).where('a', '=', 'b')
db.updateTable('users').set({ age: (eb) => eb.ref('years') })
db.updateTable('users').from('teams').set({ team: sql.ref('teams.name') }).whereRef('users.team_id', '=', 'teams.id')
db.updateTable('users as u').set({ a: 1 }).where((eb) => eb.and([eb('a', '=', 1), eb.not(eb('b', '=', 2))]))
db.updateTable('users').set({ a: 1 }).where((eb) => eb.exists(eb.selectFrom('teams').select('id').whereRef('teams.id', '=', 'users.team_id')))
db.updateTable('users').set({ a: 1 }).where('id', 'in', db.selectFrom('old').select('id'))
db.deleteFrom('users')
db.deleteFrom('users').where('id', '=', 1).returningAll()
db.deleteFrom('users').where(({ eb, or }) => or([eb('a', '=', 1), eb('b', '<', 2).and('c', '=', 3)]))
db.deleteFrom('users').using('teams').whereRef('users.team_id', '=', 'teams.id')
db.selectFrom('users').selectAll()
db.selectFrom('users').select(['id', 'name as n']).where('id', '>', 5).orderBy('id', 'desc').limit(10).offset(5)
db.selectFrom('users').innerJoin('teams', 'teams.id', 'users.team_id').select(['users.id', 'teams.name'])
db.selectFrom('users').leftJoin('teams as t', (join) => join.onRef('t.id', '=', 'users.team_id').on('t.a', '=', 1)).selectAll('users')
db.selectFrom('users').select((eb) => [eb.fn.count('id').as('n'), eb.fn.max('age').as('m')]).groupBy('team_id').having((eb) => eb.fn.count('id'), '>', 1)
db.selectFrom('users').select(sql${'`'}count(*)${'`'}.as('n')).distinct()
db.selectFrom('users').selectAll().forUpdate()
db.withSchema('app').insertInto('users').values({ a: 1 })
db.with('old', (qb) => qb.selectFrom('users').select('id')).deleteFrom('teams').where('id', 'in', (eb) => eb.selectFrom('old').select('id'))
`;

const DIALECTS = {
  postgresql: [PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler],
  mysql: [MysqlAdapter, MysqlIntrospector, MysqlQueryCompiler],
  sqlite: [SqliteAdapter, SqliteIntrospector, SqliteQueryCompiler],
};

function literal(value) {
  if (value === null) return 'NULL';
  return typeof value === 'string' ? `'${value.replaceAll("'", "''")}'` : String(value);
}

function sent(call, name) {
  const [Adapter, Introspector, Compiler] = DIALECTS[name];
  const db = new Kysely({
    dialect: {
      createAdapter: () => new Adapter(),
      createDriver: () => new DummyDriver(),
      createIntrospector: (kysely) => new Introspector(kysely),
      createQueryCompiler: () => new Compiler(),
    },
  });
  const compiled = new Function('db', 'sql', `return ${call}`)(db, sql).compile(db);
  let number = 0;
  return compiled.sql.replace(/\$(\d+)|\?/g, (_, at) =>
    literal(compiled.parameters[at === undefined ? number++ : at - 1]));
}

const { version } = JSON.parse(readFileSync('node_modules/kysely/package.json', 'utf8'));
const lines = [];
for (const call of CALLS.trim().split('\n')) {
  for (const dialect of Object.keys(DIALECTS)) {
    lines.push(JSON.stringify({ call, dialect, sql: [sent(call, dialect)] }));
  }
}
console.log(`{"tool": "kysely", "version": "${version}", "calls": [\n${lines.join(',\n')}\n]}`);
