// What Knex writes for each call, for PostgreSQL, MySQL and SQLite, without a connection.
//
//   npm install --prefix ELSEWHERE knex
//   NODE_PATH=ELSEWHERE/node_modules node tests/record/knex.mjs > fixtures/recorded/knex.json
//
// One line a call and database: {"call", "dialect", "sql": [...]}, or {"error"} where Knex refuses.

import { createRequire } from "node:module";

const require = createRequire(`${process.env.NODE_PATH}/`);
const Knex = require("knex");
const { formatQuery } = require("knex/lib/execution/internal/query-executioner.js");
const { version } = require("knex/package.json");

const CLIENTS = { postgresql: "pg", mysql: "mysql2", sqlite: "better-sqlite3" };
const create = (body) => `knex.schema.createTable('t', (t) => { ${body} })`;
const alter = (body) => `knex.schema.alterTable('t', (t) => { ${body} })`;
const both = (body) => [create(body), alter(body)];

const columns = [
  "t.increments()", "t.increments('n')", "t.increments('n', { primaryKey: false })",
  "t.bigIncrements('n')", "t.bigIncrements('n', { primaryKey: false })",
  "t.integer('a')", "t.integer('a', 5)", "t.tinyint('a')", "t.tinyint('a', 2)", "t.smallint('a')",
  "t.mediumint('a')", "t.bigint('a')", "t.bigInteger('a')", "t.biginteger('a')",
  "t.text('a')", "t.text('a', 'mediumtext')", "t.text('a', 'longtext')", "t.string('a')",
  "t.string('a', 100)", "t.string('a', '64')", "t.varchar('a', 12)", "t.float('a')",
  "t.float('a', 5, 1)", "t.double('a')", "t.double('a', 9, 3)", "t.decimal('a')",
  "t.decimal('a', 10, 4)", "t.decimal('a', null)", "t.boolean('a')", "t.bool('a')", "t.date('a')",
  "t.datetime('a')", "t.dateTime('a')", "t.datetime('a', { useTz: false })",
  "t.datetime('a', { precision: 3 })", "t.datetime('a', true)", "t.time('a')",
  "t.time('a', { precision: 2 })", "t.timestamp('a')", "t.timestamp('a', { useTz: false, precision: 6 })",
  "t.timestamp('a', false, 2)", "t.timestamp('a', { useTz: true })", "t.timestamps()",
  "t.timestamps(true, true)", "t.timestamps(false, true)",
  "t.timestamps({ useTimestamps: true, defaultToNow: true, useCamelCase: true })",
  "t.binary('a')", "t.binary('a', 100)", "t.enum('a', ['x', 'y'])", "t.enu('a', ['x'])",
  "t.enum('a', ['x', 'y'], { useNative: true, enumName: 'kind' })",
  "t.enum('a', null, { useNative: true, existingType: true, enumName: 'kind' })",
  "t.enum('a', ['x'], { useNative: true, enumName: 'kind', schemaName: 's' })",
  "t.json('a')", "t.jsonb('a')", "t.uuid('a')", "t.uuid('a', { primaryKey: true })",
  "t.uuid('a', { useBinaryUuid: true })", "t.geometry('a')", "t.geography('a')", "t.point('a')",
  "t.bit('a', { length: 3 })", "t.bit('a', { length: false })", "t.specificType('a', 'tsvector')",
  "t.specificType('a', 'varchar(10)[]')", "t.specificType('a', 'integer').unique()",
  "t.int('a')", "t.real('a')", "t.char('a', 3)", "t.mediumtext('a')", "t.longtext('a')",
];
const modifiers = [
  "t.integer('a').notNullable()", "t.integer('a').notNull()", "t.integer('a').nullable()",
  "t.integer('a').nullable(false)", "t.integer('a').notNullable().nullable()",
  "t.integer('a').unsigned()", "t.integer('a').unsigned().notNullable().defaultTo(0)",
  "t.integer('a').defaultTo(5)", "t.integer('a').default(5)", "t.integer('a').defaultTo(null)",
  "t.string('a').defaultTo('x')", "t.string('a').defaultTo('it\\'s')", "t.string('a').defaultTo('')",
  "t.boolean('a').defaultTo(true)", "t.boolean('a').defaultTo(false)", "t.boolean('a').defaultTo('false')",
  "t.decimal('a').defaultTo(1.5)", "t.float('a').notNullable().defaultTo(-1)",
  "t.timestamp('a').defaultTo(knex.fn.now())", "t.timestamp('a').notNullable().defaultTo(knex.fn.now(6))",
  "t.timestamp('a').defaultTo(knex.raw('now()'))", "t.uuid('a').defaultTo(knex.raw('gen_random_uuid()'))",
  "t.uuid('a').defaultTo(knex.fn.uuid())", "t.uuid('a').primary().defaultTo(knex.raw('uuid_generate_v4()'))",
  "t.string('a').defaultTo(knex.raw('?', ['x']))",
  "t.jsonb('a').defaultTo({ x: 1 })", "t.jsonb('a').defaultTo('{}')", "t.json('a').notNullable().defaultTo([])",
  "t.text('a').defaultTo('x')", "t.binary('a').defaultTo('x')",
  "t.string('a').comment('what it is')", "t.string('a').comment('it\\'s')", "t.string('a').comment('')",
  "t.string('a').collate('utf8_unicode_ci')", "t.string('a').first()", "t.string('a').after('b')",
  "t.integer('a').checkPositive()", "t.integer('a').checkNegative('neg')",
  "t.string('a').checkIn(['x', 'y'])", "t.string('a').checkNotIn(['x'], 'not_x')",
  "t.integer('a').checkBetween([1, 5])", "t.integer('a').checkBetween([[1, 5], [10, 15]], 'ranges')",
  "t.string('a').checkLength('<', 10)", "t.string('a').checkRegex('[0-9]+')",
];
const keys = [
  "t.string('a').unique()", "t.string('a').unique({ indexName: 'u' })", "t.string('a').unique('u')",
  "t.string('a').index()", "t.string('a').index('i')", "t.string('a').index('i', 'hash')",
  "t.uuid('a').primary()", "t.uuid('a').primary('p')", "t.uuid('a').primary({ constraintName: 'p', deferrable: 'deferred' })",
  "t.uuid('a').notNullable().unique().index()",
  "t.integer('a').references('id').inTable('o')", "t.integer('a').references('o.id')",
  "t.integer('a').unsigned().notNullable().references('id').inTable('o').onDelete('CASCADE').onUpdate('RESTRICT')",
  "t.integer('a').references('id').on('o').onDelete('SET NULL').index()",
  "t.integer('a').references('id').inTable('s.o')", "t.integer('a').references('id').inTable('o').withKeyName('fk')",
  "t.integer('a').references('id').inTable('o').deferrable('deferred')", "t.integer('a').references('id')",
  "t.integer('a'); t.foreign('a').references('id').inTable('o')",
  "t.integer('a'); t.foreign('a').references('o.id').onDelete('CASCADE')",
  "t.foreign('a', 'fk').references('id').inTable('o')", "t.foreign('a').references('id').inTable('o').withKeyName('fk2')",
  "t.integer('a'); t.foreign(['a', 'b']).references(['x', 'y']).inTable('o')",
  "t.integer('a'); t.primary('a')", "t.integer('a'); t.primary(['a', 'b'])", "t.integer('a'); t.primary(['a', 'b'], 'p')",
  "t.integer('a'); t.primary(['a'], { constraintName: 'p', deferrable: 'deferred' })",
  "t.increments('n'); t.primary(['a'])", "t.bigIncrements('n'); t.primary(['a', 'n'])",
  "t.integer('a'); t.unique('a')", "t.integer('a'); t.unique(['a', 'b'])", "t.integer('a'); t.unique(['a', 'b'], 'u')",
  "t.integer('a'); t.unique(['a'], { indexName: 'u', deferrable: 'immediate' })",
  "t.integer('a'); t.unique(['a'], { useConstraint: false })",
  "t.integer('a'); t.unique(['a'], { indexName: 'u', predicate: knex.whereNotNull('a') })",
  "t.integer('a'); t.unique(['a'], { storageEngineIndexType: 'hash' })",
  "t.integer('a'); t.index('a')", "t.integer('a'); t.index(['a', 'b'])", "t.integer('a'); t.index(['a', 'b'], 'i')",
  "t.integer('a'); t.index(['a'], 'i', 'gin')", "t.integer('a'); t.index(['a'], 'i', { storageEngineIndexType: 'hash' })",
  "t.integer('a'); t.index(['a'], 'i', { indexType: 'UNIQUE' })",
  "t.integer('a'); t.index(['a'], 'i', { predicate: knex.whereNull('d') })",
  "t.integer('a'); t.index(['a'], 'i', { predicate: knex.where('b', '>', 5).whereNot('c', 'x') })",
  "t.integer('a'); t.index(knex.raw('lower(a)'), 'i')", "t.integer('a'); t.index([knex.raw('lower(??)', ['a']), 'b'], 'i')",
  "t.integer('A-b'); t.index('A-b')",
  "t.check('a > 0')", "t.check('?? > ?', ['a', 0])", "t.check('a > 0', [], 'positive')", "t.check('a > 0'); t.check('b > 0', {}, 'b')",
  "t.comment('of things')", "t.string('a'); t.comment('x')",
];
const tables = [
  "knex.schema.createTable('t', function (t) { t.integer('a'); })",
  "knex.schema.createTable('t', function () { this.integer('a').notNullable(); this.index('a'); })",
  "knex.schema.createTable('s.t', (t) => { t.integer('a').unique().references('id').inTable('o'); })",
  "knex.schema.withSchema('s').createTable('t', (t) => { t.increments(); t.string('a').unique().index(); t.integer('o').references('id').inTable('o'); })",
  "knex.schema.withSchema('s').alterTable('t', (t) => { t.dropColumn('a'); t.dropIndex('b'); t.dropUnique('c'); t.enum('k', ['x'], { useNative: true, enumName: 'kind' }); })",
  "knex.schema.withSchema('s').dropTable('t')", "knex.schema.withSchema('s').dropTableIfExists('t')",
  "knex.schema.withSchema('s').renameTable('t', 'u')",
  "knex.schema.createTableIfNotExists('t', (t) => { t.increments(); t.string('a').unique(); })",
  "knex.schema.createTableLike('t', 'o')", "knex.schema.createTableLike('t', 'o', (t) => { t.integer('a'); })",
  "knex.schema.createTable('My Table', (t) => { t.integer('Some Column').index(); })",
  "knex.schema.createTable('t', (t) => { t.engine('InnoDB'); t.charset('utf8mb4'); t.collate('utf8mb4_bin'); t.integer('a'); })",
  "knex.schema.createTable('t', (t) => { t.inherits('o'); t.integer('a'); })",
  "knex.schema.createTable('t', (t) => { t.string('a').notNullable(); t.string('b'); t.integer('o').references('id').inTable('o').onDelete('CASCADE'); t.timestamps(true, true); t.primary(['a', 'b']); t.unique(['b']); t.index(['o']); t.comment('c'); })",
  "knex.schema.createTable('t', (t) => { t.integer('a').references('id').inTable('o'); t.foreign('b').references('x.id'); })",
  "knex.schema.createTable('a', (t) => { t.increments(); }).createTable('b', (t) => { t.integer('a_id').references('id').inTable('a'); })",
  "knex.schema.dropTable('t')", "knex.schema.dropTableIfExists('t')", "knex.schema.dropTable('s.t')",
  "knex.schema.dropTableIfExists('a').dropTableIfExists('b').dropTable('c')",
  "knex.schema.renameTable('t', 'u')", "knex.schema.raw('select 1')", "knex.schema.raw('drop index ??', ['i'])",
  "knex.schema.table('t', (t) => { t.integer('a'); })",
  "knex.schema.alterTable('t', (t) => { t.integer('a'); t.string('b').notNullable(); t.text('c').unique(); })",
  "knex.schema.alterTable('t', (t) => { t.string('a').notNullable().alter(); })",
  "knex.schema.alterTable('t', (t) => { t.string('a').alter(); })",
  "knex.schema.alterTable('t', (t) => { t.text('a').nullable().alter(); })",
  "knex.schema.alterTable('t', (t) => { t.integer('a').notNullable().defaultTo(5).alter(); })",
  "knex.schema.alterTable('t', (t) => { t.integer('a').defaultTo(null).alter(); })",
  "knex.schema.alterTable('t', (t) => { t.string('a', 50).alter({ alterNullable: false }); })",
  "knex.schema.alterTable('t', (t) => { t.string('a', 50).notNullable().alter({ alterType: false }); })",
  "knex.schema.alterTable('t', (t) => { t.string('a').defaultTo('x').alter({ alterNullable: false, alterType: false }); })",
  "knex.schema.alterTable('t', (t) => { t.jsonb('a').alter(); t.string('b').alter(); t.integer('c'); })",
  "knex.schema.alterTable('t', (t) => { t.string('a').notNullable().index().alter(); })",
  "knex.schema.alterTable('t', (t) => { t.string('a').nullable(false).comment('c').alter(); })",
  "knex.schema.alterTable('t', (t) => { t.specificType('a', 'citext').notNullable().alter(); })",
  "knex.schema.alterTable('t', (t) => { t.enum('a', ['x', 'y'], { useNative: true, enumName: 'k', existingType: true }).alter(); })",
  "knex.schema.alterTable('t', (t) => { t.timestamp('a', { useTz: true }).notNullable().defaultTo(knex.fn.now()).alter(); })",
  "knex.schema.alterTable('t', (t) => { t.integer('a').unsigned().references('id').inTable('o').alter(); })",
  "knex.schema.alterTable('t', (t) => { t.integer('a').checkPositive('pos').alter(); })",
];
const changes = [
  "t.dropColumn('a')", "t.dropColumn('a', 'b')", "t.dropColumns('a', 'b')", "t.dropColumns(['a', 'b'])",
  "t.dropColumn('a'); t.dropColumn('b')", "t.dropTimestamps()", "t.dropTimestamps(true)",
  "t.renameColumn('a', 'b')", "t.dropIndex('a')", "t.dropIndex(['a', 'b'])", "t.dropIndex(['a'], 'i')",
  "t.dropIndex(null, 'i')", "t.dropIndex([], 'i')", "t.dropUnique('a')", "t.dropUnique(['a', 'b'])",
  "t.dropUnique(['a'], 'u')", "t.dropUnique(null, 'u')", "t.dropUniqueIfExists('a')", "t.dropUniqueIfExists(['a'], 'u')",
  "t.dropForeign('a')", "t.dropForeign(['a', 'b'])", "t.dropForeign('a', 'fk')", "t.dropForeign([], 'fk')",
  "t.dropForeignIfExists('a')", "t.dropPrimary()", "t.dropPrimary('p')", "t.dropPrimaryIfExists()",
  "t.setNullable('a')", "t.dropNullable('a')", "t.dropChecks('c')", "t.dropChecks(['c', 'd'])", "t.dropChecks('c', 'd')",
  "t.dropForeign('a'); t.dropColumn('a'); t.integer('b').references('id').inTable('o'); t.renameColumn('c', 'd')",
];
const views = [
  "knex.schema.createView('v', (v) => { v.as(knex('t').select('a', 'b').where('c', true)); })",
  "knex.schema.createView('v', (v) => { v.columns(['x', 'y']); v.as(knex('t').select('a', 'b')); })",
  "knex.schema.createView('v', (v) => { v.as(knex('t').select('a')); v.checkOption(); })",
  "knex.schema.createView('v', (v) => { v.as(knex('t').select('a')); v.localCheckOption(); })",
  "knex.schema.createViewOrReplace('v', (v) => { v.as(knex('t').select('a')); })",
  "knex.schema.createMaterializedView('v', (v) => { v.as(knex('t').select('a')); })",
  "knex.schema.withSchema('s').createView('v', (v) => { v.as(knex('t').select('a')); })",
  "knex.schema.dropView('v')", "knex.schema.dropViewIfExists('v')", "knex.schema.dropMaterializedView('v')",
  "knex.schema.dropMaterializedViewIfExists('v')", "knex.schema.refreshMaterializedView('v')",
  "knex.schema.refreshMaterializedView('v', true)", "knex.schema.renameView('v', 'w')",
  "knex.schema.alterView('v', (v) => { v.column('a').rename('b'); })",
  "knex.schema.view('v', (v) => { v.column('a').defaultTo(knex.raw('0')); })",
  "knex.schema.createSchema('s')", "knex.schema.createSchemaIfNotExists('s')", "knex.schema.dropSchema('s')",
  "knex.schema.dropSchema('s', true)", "knex.schema.dropSchemaIfExists('s')",
  "knex.schema.createExtension('citext')", "knex.schema.createExtensionIfNotExists('citext')",
  "knex.schema.dropExtension('citext')", "knex.schema.dropExtensionIfExists('citext')",
];
const raws = [
  "knex.raw('alter table t add column a int')", "knex.raw('alter table ?? add column ?? int', ['t', 'a'])",
  "knex.raw('update t set a = ? where b = ?', [1, 'x'])", "knex.raw('update t set a = :a where :col: = :b', { a: 1, b: 'x', col: 'c' })",
  "knex.raw('select \\\\? from t')", "knex.raw('select a::text from t where a = :a', { a: 5 })",
  "knex.raw('update ?? set a = ?', ['s.t', null])", "knex.raw('update t set a = ?', 5)", "knex.raw('update t set a = ?', [true])",
  "knex.raw('select ?? from t', [['a', 'b']])", "knex.raw('update t set a = ?', [knex.raw('now()')])",
  "knex.raw('update t set a = ?', ['it\\'s'])", "knex.raw('create index i on t (a)')", "knex.raw(`delete from ${'t'} where a = 1`)",
];
const queries = [
  "knex('t')", "knex('t').select()", "knex('t').select('a', 'b')", "knex('t').select(['a', 'b as c'])", "knex('t').select({ x: 'a' })",
  "knex.select('a').from('t')", "knex.select('*').from('s.t')", "knex('t as x').select('x.a')", "knex({ x: 't' }).select('x.a')",
  "knex('t').first()", "knex('t').first('a')", "knex('t').pluck('a')", "knex('t').distinct('a')", "knex('t').count()", "knex('t').count('a')",
  "knex('t').count('* as n')", "knex('t').max('a as m').groupBy('b')", "knex('t').countDistinct('a')", "knex('t').sum({ total: 'a' })",
  "knex('t').select(knex.raw('count(*) as n'))", "knex.withSchema('s').select('a').from('t')",
  "knex('t').where({ a: 1 })", "knex('t').where({ a: 1, b: null })", "knex('t').where('a', 1)", "knex('t').where('a', '>', 1)",
  "knex('t').where('a', null)", "knex('t').where('a', 'in', [1, 2])", "knex('t').where('a', 'like', '%x')", "knex('t').where('a', 'is not', null)",
  "knex('t').where(knex.raw('a = b'))", "knex('t').where(knex.raw('a = ?', [1]))", "knex('t').where('a', 1).andWhere('b', 2).orWhere('c', 3)",
  "knex('t').where((q) => q.where('a', 1).orWhere('b', 2)).where('c', 3)", "knex('t').where(function () { this.where('a', 1).orWhere('b', 2); })",
  "knex('t').whereNot('a', 1)", "knex('t').whereNot({ a: 1 })", "knex('t').whereNull('a')", "knex('t').whereNotNull('a').orWhereNull('b')",
  "knex('t').whereIn('a', [1, 2])", "knex('t').whereIn('a', [])", "knex('t').whereNotIn('a', ['x'])", "knex('t').whereIn('a', knex('o').select('id'))",
  "knex('t').whereIn('a', function () { this.select('id').from('o').where('k', 1); })", "knex('t').whereIn(['a', 'b'], [[1, 2], [3, 4]])",
  "knex('t').whereBetween('a', [1, 2])", "knex('t').whereNotBetween('a', [1, 2])", "knex('t').whereRaw('a = b')", "knex('t').whereRaw('a = ?', [1])",
  "knex('t').whereExists(knex('o').whereRaw('o.id = t.o'))", "knex('t').whereNotExists(function () { this.select('*').from('o'); })",
  "knex('t').whereColumn('a', 'b')", "knex('t').whereColumn('a', '>', 'b')", "knex('t').whereLike('a', '%x%')", "knex('t').where('a', knex.ref('b'))",
  "knex('t').join('o', 't.o', 'o.id').select('t.a')", "knex('t').join('o', 't.o', '=', 'o.id')", "knex('t').leftJoin('o', 'o.id', 't.o').whereNull('o.id')",
  "knex('t').innerJoin('o as p', 't.o', 'p.id')", "knex('t').join('o', { 't.o': 'o.id' })", "knex('t').join('o', function () { this.on('t.o', '=', 'o.id').andOn('t.b', '=', 'o.b'); })",
  "knex('t').join('o', (j) => { j.on('t.o', 'o.id').orOn('t.b', 'o.b'); })", "knex('t').crossJoin('o')", "knex('t').joinRaw('natural join o')",
  "knex('t').groupBy('a', 'b').having('a', '>', 1)", "knex('t').orderBy('a')", "knex('t').orderBy('a', 'desc').orderBy('b')", "knex('t').orderBy(['a', { column: 'b', order: 'desc' }])",
  "knex('t').orderByRaw('a desc nulls last')", "knex('t').limit(5)", "knex('t').limit(5).offset(10)", "knex('t').select('a').union(knex('o').select('a'))",
  "knex('t').select('a').unionAll([knex('o').select('a')])", "knex.with('w', knex('t').select('a')).select('*').from('w')", "knex.with('w', (q) => q.select('a').from('t')).select('*').from('w')",
  "knex.select('x.a').from(knex('t').select('a').as('x'))", "knex('t').forUpdate()",
  "knex('t').insert({ a: 1, b: 'x' })", "knex('t').insert([{ a: 1 }, { a: 2 }])", "knex.insert({ b: 2, a: null }).into('t')", "knex('t').insert({ a: 1 }).returning('id')",
  "knex('t').insert({ a: 1 }, 'id')", "knex('t').insert({ a: 1 }, ['id', 'a'])", "knex('t').insert({})", "knex('t').insert({ a: knex.raw('now()') })", "knex('t').insert({ a: true, b: { x: 1 } })",
  "knex('t').insert(knex('o').select('a'))", "knex('t').insert({ a: 1 }).onConflict('a').ignore()", "knex('t').insert({ a: 1, b: 2 }).onConflict('a').merge()",
  "knex('t').insert({ a: 1, b: 2 }).onConflict(['a']).merge(['b'])", "knex('t').insert({ a: 1 }).onConflict('a').merge({ b: 3 })", "knex('t').insert({ a: 1 }).onConflict().ignore()",
  "knex('t').insert([{ a: 1 }, { b: 2 }])", "knex(knex.raw('?? (??, ??)', ['t', 'a', 'b'])).insert(knex('o').select('a', 'b'))",
  "knex('t').update({ a: 1 })", "knex('t').where('id', 5).update({ a: 1, b: null })", "knex('t').update('a', 1)", "knex('t').where({ id: 1 }).update({ a: knex.raw('b + 1') })",
  "knex('t').update({ a: knex.ref('b') })", "knex('t').whereNull('a').update({ a: knex.fn.now() })", "knex('t').update({ a: 1 }).where('b', 2).returning('*')", "knex('t').update({ a: 1 }, ['id'])",
  "knex('t').whereIn('id', knex('o').select('t_id')).update({ a: 'x' })", "knex('t').update({ a: knex('o').select('b').where('o.id', 1) })", "knex('t').update({ a: JSON.stringify({ x: 1 }) })",
  "knex('t').increment('a')", "knex('t').increment('a', 5)", "knex('t').where('id', 1).decrement('a', 2)",
  "knex('t').del()", "knex('t').where('a', 1).del()", "knex('t').where({ a: 1 }).delete()", "knex.from('t').where('a', '<', 3).delete('id')", "knex('t').truncate()", "knex('s.t').whereNot('a', 1).del()",
];

const calls = [
  ...columns.flatMap(both), ...modifiers.flatMap(both), ...keys.flatMap(both),
  ...tables, ...changes.map(alter), ...views, ...raws, ...queries,
];

const lines = [];
for (const call of new Set(calls)) {
  for (const [dialect, client] of Object.entries(CLIENTS)) {
    const log = { warn() {}, error(m) { throw new Error(m); }, deprecate() {}, debug() {} };
    const knex = Knex({ client, useNullAsDefault: dialect === "sqlite", log });
    let said;
    try {
      const made = new Function("knex", `return ${call}`)(knex);
      const found = [made.toSQL()].flat();
      said = { sql: found.map((one) => formatQuery(one.sql, one.bindings ?? [], undefined, knex.client)) };
    } catch (why) {
      said = { error: String(why.message).split("\n")[0] };
    }
    lines.push(JSON.stringify({ call, dialect, ...said }));
  }
}
console.log(`{"tool": "knex", "version": "${version}", "calls": [\n${lines.join(",\n")}\n]}`);
