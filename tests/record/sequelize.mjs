// What Sequelize sends for each of these calls, by Sequelize itself, without a server.
//
//   mkdir /somewhere && cd /somewhere && npm install sequelize@6 pg pg-hstore mysql2 sqlite3
//   node tests/record/sequelize.mjs /somewhere > fixtures/recorded/sequelize.json
//
// Left out is what only asks the catalog, which answers with the table of `columns` below, and the
// rows of what SQLite has no statement for: Sequelize makes such a table anew ("rebuilds"). What is
// bound is shown where it goes.
import { createRequire } from "node:module";
import path from "node:path";

const require = createRequire(path.resolve(process.argv[2], "package.json"));
const { Sequelize } = require("sequelize");
const Types = require("sequelize").QueryTypes;
console.warn = () => {};

const CALLS = String.raw`
// createTable: types
queryInterface.createTable('users', { id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true } })
queryInterface.createTable('users', { id: { type: Sequelize.BIGINT, primaryKey: true, autoIncrement: true, allowNull: false }, email: Sequelize.STRING })
queryInterface.createTable('users', { id: { type: Sequelize.SMALLINT, primaryKey: true, autoIncrement: true } })
queryInterface.createTable('users', { id: { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true, autoIncrementIdentity: true } })
queryInterface.createTable('users', { id: { type: Sequelize.UUID, primaryKey: true, defaultValue: Sequelize.UUIDV4 } })
queryInterface.createTable('users', { id: { type: Sequelize.DataTypes.UUID, defaultValue: Sequelize.literal('gen_random_uuid()'), allowNull: false, primaryKey: true } })
queryInterface.createTable('t', { a: Sequelize.STRING, b: Sequelize.STRING(64), c: Sequelize.STRING({ length: 9 }), d: Sequelize.STRING.BINARY, e: Sequelize.STRING(5, true), f: Sequelize.STRING(8).BINARY })
queryInterface.createTable('t', { a: Sequelize.CHAR, b: Sequelize.CHAR(3), c: Sequelize.CHAR(3).BINARY })
queryInterface.createTable('t', { a: Sequelize.TEXT, b: Sequelize.TEXT('tiny'), c: Sequelize.TEXT('medium'), d: Sequelize.TEXT('long'), e: Sequelize.TEXT({ length: 'tiny' }) })
queryInterface.createTable('t', { a: Sequelize.CITEXT })
queryInterface.createTable('t', { a: Sequelize.TINYINT, b: Sequelize.SMALLINT, c: Sequelize.MEDIUMINT, d: Sequelize.INTEGER, e: Sequelize.BIGINT })
queryInterface.createTable('t', { a: Sequelize.INTEGER(11), b: Sequelize.BIGINT(20), c: Sequelize.TINYINT(1), d: Sequelize.INTEGER({ length: 4 }) })
queryInterface.createTable('t', { a: Sequelize.INTEGER.UNSIGNED, b: Sequelize.INTEGER(11).UNSIGNED.ZEROFILL, c: Sequelize.BIGINT({ unsigned: true }) })
queryInterface.createTable('t', { a: Sequelize.FLOAT, b: Sequelize.FLOAT(11), c: Sequelize.FLOAT(11, 2), d: Sequelize.FLOAT.UNSIGNED })
queryInterface.createTable('t', { a: Sequelize.DOUBLE, b: Sequelize.DOUBLE(11), c: Sequelize.DOUBLE(11, 2), d: Sequelize.REAL, e: Sequelize.REAL(4, 2) })
queryInterface.createTable('t', { a: Sequelize.DECIMAL, b: Sequelize.DECIMAL(10), c: Sequelize.DECIMAL(10, 2), d: Sequelize.NUMERIC(5, 1), e: Sequelize.DECIMAL({ precision: 6, scale: 3 }) })
queryInterface.createTable('t', { a: Sequelize.DECIMAL.UNSIGNED, b: Sequelize.DECIMAL(10, 0) })
queryInterface.createTable('t', { a: Sequelize.BOOLEAN, b: { type: Sequelize.BOOLEAN, defaultValue: false, allowNull: false }, c: { type: Sequelize.BOOLEAN, defaultValue: true } })
queryInterface.createTable('t', { a: Sequelize.DATE, b: Sequelize.DATE(6), c: Sequelize.DATEONLY, d: Sequelize.TIME })
queryInterface.createTable('t', { a: { type: Sequelize.DATE, defaultValue: Sequelize.NOW }, b: { type: Sequelize.DATE, defaultValue: Sequelize.fn('now') }, c: { type: Sequelize.DATE, defaultValue: Sequelize.literal('CURRENT_TIMESTAMP'), allowNull: false } })
queryInterface.createTable('t', { a: Sequelize.JSON, b: { type: Sequelize.JSON, allowNull: true } })
queryInterface.createTable('t', { a: Sequelize.JSONB, b: { type: Sequelize.JSONB, defaultValue: {} }, c: { type: Sequelize.JSONB, defaultValue: [], allowNull: false }, d: { type: Sequelize.JSONB, defaultValue: { a: 1, b: ["it's", null, true] } } })
queryInterface.createTable('t', { a: Sequelize.BLOB, b: Sequelize.BLOB('tiny'), c: Sequelize.BLOB('medium'), d: Sequelize.BLOB('long') })
queryInterface.createTable('t', { a: Sequelize.UUID, b: Sequelize.UUIDV4, c: Sequelize.UUIDV1 })
queryInterface.createTable('t', { a: Sequelize.ARRAY(Sequelize.STRING), b: Sequelize.ARRAY(Sequelize.INTEGER), c: Sequelize.ARRAY(Sequelize.DECIMAL(5, 2)), d: Sequelize.ARRAY(Sequelize.ARRAY(Sequelize.TEXT)) })
queryInterface.createTable('t', { a: { type: Sequelize.ARRAY(Sequelize.STRING), defaultValue: [] }, b: { type: Sequelize.ARRAY(Sequelize.TEXT), defaultValue: ['x', "y'z"] }, c: { type: Sequelize.ARRAY(Sequelize.INTEGER), defaultValue: [1, 2] } })
queryInterface.createTable('t', { a: Sequelize.RANGE(Sequelize.INTEGER), b: Sequelize.RANGE(Sequelize.DATE), c: Sequelize.RANGE(Sequelize.DATEONLY), d: Sequelize.RANGE(Sequelize.BIGINT), e: Sequelize.RANGE(Sequelize.DECIMAL), f: Sequelize.RANGE })
queryInterface.createTable('t', { a: Sequelize.GEOMETRY, b: Sequelize.GEOMETRY('POINT') })
queryInterface.createTable('t', { a: Sequelize.GEOMETRY('POINT', 4326), b: Sequelize.GEOGRAPHY, c: Sequelize.GEOGRAPHY('POINT', 4326) })
queryInterface.createTable('t', { a: Sequelize.HSTORE, b: Sequelize.CIDR, c: Sequelize.INET, d: Sequelize.MACADDR, e: Sequelize.TSVECTOR })
queryInterface.createTable('t', { a: 'VARCHAR(12)', b: { type: 'TIMESTAMP WITHOUT TIME ZONE', allowNull: false }, c: { type: 'timestamp', defaultValue: Sequelize.literal('now()') } })
queryInterface.createTable('t', { a: Sequelize.ENUM('x', 'y') })
queryInterface.createTable('t', { a: { type: Sequelize.ENUM, values: ['x', "it's"], defaultValue: 'x', allowNull: false }, b: { type: Sequelize.ENUM(['p', 'q']) }, c: { type: Sequelize.ENUM({ values: ['r'] }) } })
queryInterface.createTable('t', { a: Sequelize.ARRAY(Sequelize.ENUM('x', 'y')) })
queryInterface.createTable({ tableName: 't', schema: 'app' }, { a: Sequelize.ENUM('x', 'y') })
// createTable: what columns say
queryInterface.createTable('users', { a: { type: Sequelize.STRING, allowNull: false, defaultValue: "it's" }, b: { type: Sequelize.INTEGER, defaultValue: 0 }, c: { type: Sequelize.STRING, defaultValue: null }, d: { type: Sequelize.DECIMAL(4, 2), defaultValue: 1.5 } })
queryInterface.createTable('users', { email: { type: Sequelize.STRING, unique: true, allowNull: false }, nick: { type: Sequelize.STRING, unique: 'compound' } })
queryInterface.createTable('users', { a: { type: Sequelize.INTEGER, primaryKey: true }, b: { type: Sequelize.INTEGER, primaryKey: true, allowNull: false } })
queryInterface.createTable('users', { team_id: { type: Sequelize.INTEGER, references: { model: 'teams', key: 'id' }, onDelete: 'cascade', onUpdate: 'set null' } })
queryInterface.createTable('users', { team_id: { type: Sequelize.INTEGER, allowNull: false, references: { model: { tableName: 'teams', schema: 'app' }, key: 'id' } }, boss: { type: Sequelize.INTEGER, references: { model: 'users' } } })
queryInterface.createTable('users', { team_id: { type: Sequelize.INTEGER, references: { model: 'teams', key: 'id', deferrable: Sequelize.Deferrable.INITIALLY_DEFERRED }, onDelete: 'NO ACTION' } })
queryInterface.createTable('users', { team_id: { type: Sequelize.UUID, primaryKey: true, references: { model: 'teams', key: 'id' }, onDelete: 'CASCADE' }, user_id: { type: Sequelize.UUID, primaryKey: true } })
queryInterface.createTable('users', { email: { type: Sequelize.STRING, field: 'e_mail', comment: "what it's for" } })
queryInterface.createTable('users', { 'First Name': { type: Sequelize.STRING }, select: { type: Sequelize.INTEGER } })
queryInterface.createTable('users', { a: Sequelize.STRING }, { schema: 'app' })
queryInterface.createTable('users', { a: Sequelize.STRING }, { comment: 'all of them', engine: 'MyISAM', charset: 'utf8mb4', collate: 'utf8mb4_unicode_ci' })
queryInterface.createTable('users', { a: Sequelize.STRING, b: Sequelize.STRING }, { uniqueKeys: { a_b: { fields: ['a', 'b'] } } })
queryInterface.createTable('users', { a: Sequelize.STRING, b: Sequelize.STRING }, { uniqueKeys: [{ fields: ['a', 'b'] }, { fields: ['b'], customIndex: false }] })
queryInterface.createTable('app.users', { a: Sequelize.STRING })
queryInterface.createTable('t', { a: { type: new Sequelize.STRING(5), defaultValue: '' } }, { initialAutoIncrement: 5, rowFormat: 'DYNAMIC' })
queryInterface.createTable('t', { a: { type: Sequelize.FLOAT, defaultValue: 1.5 }, b: { type: Sequelize.DOUBLE, defaultValue: 0 }, c: { type: Sequelize.BIGINT, defaultValue: '7' }, d: { type: Sequelize.TEXT, defaultValue: 'x' } })
queryInterface.createTable('users', { createdAt: { allowNull: false, type: Sequelize.DATE }, updatedAt: { allowNull: false, type: Sequelize.DATE } }, { timestamps: false })
// dropTable, renameTable
queryInterface.dropTable('users')
queryInterface.dropTable('users', { cascade: true })
queryInterface.dropTable('users', { force: true })
queryInterface.dropTable({ tableName: 'users', schema: 'app' })
queryInterface.renameTable('users', 'people')
queryInterface.renameTable({ tableName: 'users', schema: 'app' }, 'people')
queryInterface.renameTable({ tableName: 'users', schema: 'app' }, { tableName: 'people', schema: 'app' })
// addColumn
queryInterface.addColumn('users', 'nick', Sequelize.STRING)
queryInterface.addColumn('users', 'nick', { type: Sequelize.STRING(20), allowNull: false })
queryInterface.addColumn('users', 'nick', { type: Sequelize.STRING, allowNull: true, defaultValue: 'x' })
queryInterface.addColumn('users', 'on', { type: Sequelize.BOOLEAN, allowNull: false, defaultValue: false })
queryInterface.addColumn('users', 'at', { type: Sequelize.DATE, defaultValue: Sequelize.fn('NOW') })
queryInterface.addColumn('users', 'at', { type: Sequelize.DATE, defaultValue: Sequelize.literal('NOW()'), allowNull: false })
queryInterface.addColumn('users', 'tags', { type: Sequelize.ARRAY(Sequelize.STRING), allowNull: false, defaultValue: [] })
queryInterface.addColumn('users', 'state', { type: Sequelize.ENUM('new', 'old'), allowNull: false, defaultValue: 'new' })
queryInterface.addColumn('users', 'state', Sequelize.ENUM('new', 'old'))
queryInterface.addColumn('users', 'states', { type: Sequelize.ARRAY(Sequelize.ENUM('new', 'old')) })
queryInterface.addColumn({ tableName: 'users', schema: 'app' }, 'state', { type: Sequelize.ENUM('new', 'old') })
queryInterface.addColumn({ tableName: 'users', schema: 'app' }, 'nick', { type: Sequelize.STRING })
queryInterface.addColumn('users', 'team_id', { type: Sequelize.INTEGER, references: { model: 'teams', key: 'id' }, onUpdate: 'CASCADE', onDelete: 'SET NULL' })
queryInterface.addColumn('users', 'team_id', { type: Sequelize.UUID, allowNull: true, references: { model: { tableName: 'teams' } } })
queryInterface.addColumn('users', 'email', { type: Sequelize.STRING, unique: true })
queryInterface.addColumn('users', 'id', { type: Sequelize.INTEGER, primaryKey: true, autoIncrement: true })
queryInterface.addColumn('users', 'n', { type: Sequelize.BIGINT, autoIncrement: true, allowNull: false })
queryInterface.addColumn('users', 'note', { type: Sequelize.TEXT, comment: "it's a note" })
queryInterface.addColumn('users', 'note', { type: Sequelize.STRING, after: 'email' })
queryInterface.addColumn('users', 'search', { type: 'TSVECTOR' })
queryInterface.addColumn('users', 'search', 'tsvector')
queryInterface.addColumn('users', 'settings', { type: Sequelize.JSONB, defaultValue: {}, allowNull: false })
queryInterface.addColumn('users', 'id2', { type: Sequelize.UUID, defaultValue: Sequelize.UUIDV4, allowNull: false })
queryInterface.addColumn('users', 'n', { type: Sequelize.INTEGER, defaultValue: Sequelize.cast('1', 'integer') })
queryInterface.addColumn('users', 'n', { type: Sequelize.INTEGER, defaultValue: -1 })
// changeColumn
queryInterface.changeColumn('users', 'email', { type: Sequelize.TEXT })
queryInterface.changeColumn('users', 'email', Sequelize.STRING(100))
queryInterface.changeColumn('users', 'email', { type: Sequelize.STRING, allowNull: false })
queryInterface.changeColumn('users', 'email', { type: Sequelize.STRING, allowNull: true })
queryInterface.changeColumn('users', 'email', { type: Sequelize.STRING, defaultValue: 'x', allowNull: false })
queryInterface.changeColumn('users', 'email', { type: Sequelize.STRING, defaultValue: null })
queryInterface.changeColumn('users', 'at', { type: Sequelize.DATE, defaultValue: Sequelize.literal('now()') })
queryInterface.changeColumn('users', 'email', { type: Sequelize.STRING, unique: true })
queryInterface.changeColumn('users', 'state', { type: Sequelize.ENUM('new', 'old'), allowNull: false, defaultValue: 'new' })
queryInterface.changeColumn('users', 'state', { type: Sequelize.ENUM('new', 'old') })
queryInterface.changeColumn('users', 'state', { type: Sequelize.ARRAY(Sequelize.ENUM('new', 'old')) })
queryInterface.changeColumn('users', 'n', { type: Sequelize.INTEGER, allowNull: false, defaultValue: 0, unique: false })
queryInterface.changeColumn('users', 'team_id', { type: Sequelize.INTEGER, references: { model: 'teams', key: 'id' }, onDelete: 'CASCADE' })
queryInterface.changeColumn('users', 'team_id', { type: Sequelize.INTEGER, allowNull: false, references: { model: 'teams', key: 'id' }, onDelete: 'CASCADE' })
queryInterface.changeColumn({ tableName: 'users', schema: 'app' }, 'email', { type: Sequelize.STRING })
queryInterface.changeColumn('users', 'email', { type: 'INTEGER USING CAST("email" as INTEGER)' })
queryInterface.changeColumn('users', 'email', { type: Sequelize.STRING, comment: 'where to write' })
queryInterface.changeColumn('users', 'id', { type: Sequelize.BIGINT, autoIncrement: true })
// removeColumn, renameColumn
queryInterface.removeColumn('users', 'nick')
queryInterface.removeColumn({ tableName: 'users', schema: 'app' }, 'nick')
queryInterface.renameColumn('users', 'nick', 'alias')
queryInterface.renameColumn({ tableName: 'users', schema: 'app' }, 'nick', 'alias')
// indexes
queryInterface.addIndex('users', ['email'])
queryInterface.addIndex('users', ['teamId', 'email'])
queryInterface.addIndex('users', ['email'], { unique: true })
queryInterface.addIndex('users', ['email'], { name: 'users_email_idx', unique: true, concurrently: true })
queryInterface.addIndex('users', ['email'], { concurrently: true })
queryInterface.addIndex('users', ['tags'], { using: 'gin' })
queryInterface.addIndex('users', ['tags'], { using: 'GIN', operator: 'jsonb_path_ops', name: 'tags_gin' })
queryInterface.addIndex('users', ['email'], { type: 'UNIQUE', name: 'u' })
queryInterface.addIndex('users', ['email'], { type: 'FULLTEXT', name: 'f' })
queryInterface.addIndex('users', ['email'], { type: 'FULLTEXT', name: 'f', parser: 'ngram' })
queryInterface.addIndex('users', { fields: ['email', 'nick'], name: 'users_both', unique: false })
queryInterface.addIndex('users', [{ name: 'email', order: 'DESC' }, { attribute: 'nick', collate: 'en_US' }], { name: 'i' })
queryInterface.addIndex('users', [{ name: 'email', length: 10 }, { name: 'nick', operator: 'text_pattern_ops' }])
queryInterface.addIndex('users', [Sequelize.fn('lower', Sequelize.col('email'))], { name: 'users_lower' })
queryInterface.addIndex('users', [Sequelize.literal('lower(email) DESC')], { name: 'users_lower', unique: true })
queryInterface.addIndex('users', ['email'], { where: { deleted_at: null }, name: 'live' })
queryInterface.addIndex('users', ['email'], { name: 'live', unique: true, where: { deleted_at: { [Sequelize.Op.ne]: null }, n: { [Sequelize.Op.gt]: 5 }, state: ['a', 'b'] } })
queryInterface.addIndex('users', ['email'], { name: 'live', where: { [Sequelize.Op.or]: [{ a: 1 }, { b: { [Sequelize.Op.in]: [1, 2] } }], on: true } })
queryInterface.addIndex('users', ['email'], { name: 'live', where: Sequelize.literal('deleted_at IS NULL') })
queryInterface.addIndex({ tableName: 'users', schema: 'app' }, ['email'])
queryInterface.addIndex('app.users', ['email'])
queryInterface.addIndex('users', ['email'], { prefix: 'pre' })
queryInterface.removeIndex('users', 'users_email_idx')
queryInterface.removeIndex('users', ['teamId', 'email'])
queryInterface.removeIndex('users', 'users_email_idx', { concurrently: true })
queryInterface.removeIndex('users', 'app.users_email_idx')
// constraints
queryInterface.addConstraint('users', { fields: ['email'], type: 'unique', name: 'users_email_key' })
queryInterface.addConstraint('users', { fields: ['email', 'nick'], type: 'unique' })
queryInterface.addConstraint('users', { fields: ['n'], type: 'check', name: 'c', where: { [Sequelize.Op.or]: [{ n: { [Sequelize.Op.is]: null } }, { n: { [Sequelize.Op.notIn]: [1, 2] } }, { s: { [Sequelize.Op.startsWith]: 'a' } }, { s: { [Sequelize.Op.col]: 't.u' } }] } })
queryInterface.addConstraint('users', { fields: ['n'], type: 'check', name: 'c', where: { n: { [Sequelize.Op.or]: [{ [Sequelize.Op.lt]: 1 }, { [Sequelize.Op.gt]: 9 }] }, [Sequelize.Op.not]: { s: 'x' } } })
queryInterface.addConstraint('users', { fields: ['a', 'b'], type: 'primary key', name: 'users_pk' })
queryInterface.addConstraint('users', { fields: ['id'], type: 'PRIMARY KEY' })
queryInterface.addConstraint('users', { fields: ['team_id'], type: 'foreign key', name: 'users_team', references: { table: 'teams', field: 'id' }, onDelete: 'cascade', onUpdate: 'cascade' })
queryInterface.addConstraint('users', { fields: ['team_id'], type: 'FOREIGN KEY', references: { table: 'teams', field: 'id' } })
queryInterface.addConstraint('users', { fields: ['a', 'b'], type: 'foreign key', name: 'fk', references: { table: { tableName: 'teams', schema: 'app' }, fields: ['x', 'y'] }, onDelete: 'SET NULL' })
queryInterface.addConstraint('users', { fields: ['a'], type: 'foreign key', name: 'fk', references: { table: 'teams', field: 'id' }, deferrable: Sequelize.Deferrable.INITIALLY_IMMEDIATE })
queryInterface.addConstraint('users', { fields: ['state'], type: 'check', name: 'users_state', where: { state: ['new', 'old'] } })
queryInterface.addConstraint('users', { fields: ['n'], type: 'check', where: { n: { [Sequelize.Op.gte]: 0, [Sequelize.Op.lt]: 10 } } })
queryInterface.addConstraint('users', { fields: ['n'], type: 'check', name: 'c', where: { [Sequelize.Op.and]: [{ n: { [Sequelize.Op.between]: [1, 9] } }, { m: { [Sequelize.Op.not]: null } }, { s: { [Sequelize.Op.like]: 'a%' } }] } })
queryInterface.addConstraint('users', { fields: ['n'], type: 'check', name: 'c', where: Sequelize.where(Sequelize.fn('length', Sequelize.col('n')), '>', 2) })
queryInterface.addConstraint({ tableName: 'users', schema: 'app' }, { fields: ['email'], type: 'unique', name: 'k' })
queryInterface.addConstraint('app.users', { fields: ['email'], type: 'unique', name: 'k' })
queryInterface.addConstraint('users', { fields: ['n'], type: 'default', name: 'd', defaultValue: 1 })
queryInterface.removeConstraint('users', 'users_email_key')
queryInterface.removeConstraint({ tableName: 'users', schema: 'app' }, 'users_email_key')
// rows
queryInterface.bulkInsert('users', [{ email: 'a@b', n: 1, on: true, x: null }, { email: "it's", n: 2, y: 1.5 }])
queryInterface.bulkInsert('users', [{ email: 'a' }], { ignoreDuplicates: true })
queryInterface.bulkInsert('users', [{ email: 'a', n: 1 }], { updateOnDuplicate: ['n'], upsertKeys: ['email'] })
queryInterface.bulkInsert('users', [{ email: 'a', n: 1 }], { updateOnDuplicate: ['n', 'at'], upsertKeys: ['email', 'team'] })
queryInterface.bulkInsert('users', [{ email: 'a', at: Sequelize.literal('now()'), up: Sequelize.fn('upper', 'b') }])
queryInterface.bulkInsert({ tableName: 'users', schema: 'app' }, [{ email: 'a' }], { returning: true })
queryInterface.bulkUpdate('users', { n: 1, email: "it's" }, { id: 5 })
queryInterface.bulkUpdate('users', { n: null }, {})
queryInterface.bulkUpdate('users', { n: Sequelize.literal('n + 1') }, { id: { [Sequelize.Op.in]: [1, 2] }, email: { [Sequelize.Op.iLike]: '%x' } })
queryInterface.bulkDelete('users', { email: 'a' })
queryInterface.bulkDelete('users', null, {})
queryInterface.bulkDelete('users', { id: [1, 2], n: { [Sequelize.Op.lt]: 3 } })
queryInterface.bulkDelete('users', null, { truncate: true, cascade: true, restartIdentity: true })
queryInterface.bulkDelete('users', { [Sequelize.Op.or]: [{ a: 1 }, { b: null }] })
queryInterface.insert(null, 'users', { email: 'a', n: 1 }, {})
queryInterface.upsert('users', { email: 'a', n: 1 }, { n: 1 }, { email: 'a' }, { conflictFields: ['email'], model: { rawAttributes: {}, primaryKeys: {}, uniqueKeys: {}, _indexes: [] } })
// schemas, types, functions, triggers
queryInterface.createSchema('app')
queryInterface.dropSchema('app')
queryInterface.dropEnum('enum_users_state')
queryInterface.createFunction('touch', [], 'trigger', 'plpgsql', 'NEW.at = now(); RETURN NEW;')
queryInterface.createFunction('add', [{ type: 'integer', name: 'a', direction: 'IN' }, { type: 'integer', name: 'b' }], 'integer', 'plpgsql', 'RETURN a + b;', ['IMMUTABLE', 'STRICT'], { force: true })
queryInterface.createFunction('f', [], 'integer', 'plpgsql', 'RETURN v;', [], { variables: [{ type: 'integer', name: 'v', default: 3 }] })
queryInterface.dropFunction('add', [{ type: 'integer', name: 'a' }, { type: 'integer', name: 'b' }])
queryInterface.renameFunction('add', [{ type: 'integer', name: 'a' }], 'plus')
queryInterface.createTrigger('users', 'users_touch', 'before', { update: 'update' }, 'touch', [], ['FOR EACH ROW'])
queryInterface.createTrigger('users', 'users_check', 'after_constraint', { insert: 'insert', update: 'update' }, 'checked', [], ['DEFERRABLE', 'INITIALLY DEFERRED', 'FOR EACH ROW'])
queryInterface.dropTrigger('users', 'users_touch')
queryInterface.renameTrigger('users', 'users_touch', 'users_at')
// queries
queryInterface.sequelize.query('ALTER TABLE users ADD COLUMN x text')
queryInterface.sequelize.query('UPDATE users SET n = 1 WHERE n IS NULL; DELETE FROM posts;')
queryInterface.sequelize.query('UPDATE users SET n = :n, email = :mail WHERE id IN (:ids)', { replacements: { n: 1, mail: "it's", ids: [1, 2] } })
queryInterface.sequelize.query('UPDATE users SET n = ?, active = ? WHERE email = ?', { replacements: [1, true, 'x'] })
queryInterface.sequelize.query("UPDATE users SET n = :n WHERE at > '10:00:00' AND x::text = ':n'", { replacements: { n: 1 } })
queryInterface.sequelize.query('UPDATE users SET n = $1 WHERE email = $2', { bind: [1, 'x'] })
queryInterface.sequelize.query('UPDATE users SET n = $n WHERE email = $mail AND k = $n', { bind: { n: 1, mail: 'x' } })
queryInterface.sequelize.query({ query: 'UPDATE users SET n = ?', values: [1] })
queryInterface.sequelize.query("SELECT 'a:n', :n::int, \"x:n\", $$ :n $$, $tag$ ? :n $tag$ /* :n */ FROM t WHERE a = :n AND b IN (:n,:s) -- :n", { replacements: { n: 1, s: 'x' } })
queryInterface.sequelize.query('SELECT a ?| b, E\'it\\\'s ?\', ? FROM t WHERE c = ?', { replacements: [null, 'x'] })
queryInterface.sequelize.query('SELECT id FROM users', { type: Sequelize.QueryTypes.SELECT })
queryInterface.sequelize.transaction(async (transaction) => { await queryInterface.addColumn('users', 'a', { type: Sequelize.TEXT }, { transaction }); await queryInterface.removeColumn('users', 'b', { transaction }); })
queryInterface.sequelize.transaction({ isolationLevel: 'SERIALIZABLE' }, (t) => queryInterface.dropTable('users', { transaction: t }))
queryInterface.sequelize.createSchema('app')
`
  .split("\n")
  .filter((line) => line && !line.startsWith("//"));

const columns = () => ({
  id: { type: "INTEGER", allowNull: false, defaultValue: null, primaryKey: true },
  email: { type: "VARCHAR(255)", allowNull: true, defaultValue: null, primaryKey: false },
  nick: { type: "VARCHAR(255)", allowNull: true, defaultValue: null, primaryKey: false },
  n: { type: "INTEGER", allowNull: true, defaultValue: null, primaryKey: false },
  at: { type: "DATETIME", allowNull: true, defaultValue: null, primaryKey: false },
  state: { type: "TEXT", allowNull: true, defaultValue: null, primaryKey: false },
  team_id: { type: "INTEGER", allowNull: true, defaultValue: null, primaryKey: false },
});
const ASKS = /information_schema|sqlite_master|pg_enum|pg_type|^PRAGMA|^SHOW |^-- /i;
const key = { constraintName: "users_email_key", constraintType: "UNIQUE", tableName: "users" };

function answer(sql, options) {
  if (/PRAGMA (INDEX|foreign)/.test(sql)) return [];
  if (options.type === Types.DESCRIBE) return columns();
  if (options.type === Types.SHOWCONSTRAINTS) {
    return [{ ...key, constraintCondition: "(`email`)", sql: "CREATE TABLE `users` (`id` INTEGER)" }];
  }
  if (options.plain) return null;
  if (/sqlite_master/.test(sql)) return [{ sql: "CREATE TABLE `users` (`id` INTEGER)" }];
  return options.type === Types.INSERT ? [[], 0] : [[], null];
}

function shown(sql, bound, escape) {
  if (!Array.isArray(bound)) return sql.replace(/\$\w+/g, (name) => escape(bound[name] ?? null));
  let number = 0;
  if (!bound.length) return sql;
  return sql.replace(/\$(\d+)|\?/g, (_, at) => escape(bound[at ? at - 1 : number++]));
}

function recording(dialect) {
  const sequelize = new Sequelize("app", "u", "p", { dialect, logging: false, databaseVersion: "15.0.0" });
  const sent = [];
  const Query = sequelize.dialect.Query;
  sequelize.dialect.Query = class extends Query {
    async run(sql, bound = []) {
      if (!ASKS.test(sql)) sent.push(shown(sql, bound, (value) => sequelize.escape(value)));
      return answer(sql, this.options);
    }
  };
  sequelize.dialect.Query.formatBindParameters = Query.formatBindParameters;
  sequelize.connectionManager.getConnection = async () => ({});
  sequelize.connectionManager.releaseConnection = () => {};
  sequelize.connectionManager._refreshDynamicOIDs = async () => {};
  return { queryInterface: sequelize.getQueryInterface(), sent };
}

const lines = [];
for (const call of CALLS) {
  for (const dialect of ["postgres", "mysql", "sqlite"]) {
    const { queryInterface, sent } = recording(dialect);
    const entry = { call, dialect: dialect === "postgres" ? "postgresql" : dialect };
    try {
      await new Function("queryInterface", "Sequelize", `return ${call}`)(queryInterface, Sequelize);
      if (sent.some((sql) => sql.includes("_backup`"))) entry.rebuilds = true;
      else entry.sql = sent;
    } catch (error) {
      entry.refused = error.message;
    }
    lines.push(JSON.stringify(entry));
  }
}
const { version } = require("sequelize/package.json");
console.log(`{"tool": "sequelize", "version": ${JSON.stringify(version)}, "calls": [`);
console.log(lines.join(",\n") + "\n]}");
