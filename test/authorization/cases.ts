import type { Claims } from '../../src/claims/principal.js'
import { id1, id2, id3, issuer, own, own1, own2, own3, u1, u2, u3, user } from './callers.js'
import { denied, given, hidden, naming, rowId, type Case, type Row } from './case.js'
import * as rules from './rule-sets.js'

// RULES section 8, row by row: one table, run in memory (decision.test.ts), through the scoped client
// (client.test.ts) and over HTTP (http.test.ts).

const x = { title: 'x' }
const moderated = (claims: Claims) => user('user1', [], claims)
const [ana, bo] = [moderated({ user_id: 'ana' }), moderated({ user_id: 'bo' })]

const custom = { owner: own1, authors: [own1], customGroup: 'Admin', customGroups: ['Admin'] }
const pretences: readonly Row[] = [
  ...[{ owner: 'user2' }, { owner: own2 }, { authors: ['user2'] }, { authors: [own1, own2] }],
  ...[{ customGroup: 'Devs' }, { customGroups: ['Devs'] }],
]
const three = ['user1', 'user2', 'user3']
const [watchedByAdmin, watchedBySubscriber, watchedByBoth] = [
  { watcherList: ['Admin'] },
  { watcherList: ['Subscriber'] },
  { watcherList: ['Devs', 'Subscriber'] },
]
const manyRows: readonly Row[] = [
  { owner: 'user2', editors: [], groups: [], alternativeGroup: null },
  { owner: null, editors: ['user2'], groups: null, alternativeGroup: null },
  { owner: null, editors: [], groups: ['Devs'], alternativeGroup: null },
  { owner: 'user1', editors: ['user1'], groups: [], alternativeGroup: 'Devs' },
]

const modelCases: readonly Case[] = [
  given('1', rules.O, u2, { owner: own1 }).get(hidden),
  given('2', rules.O, u1, { owner: own1 }).update(x, x),
  given('3', rules.O, u1, { owner: own1 }).delete({ id: rowId(0) }),
  given('4', rules.O, u2, { owner: own1 }).delete(hidden),
  given('5', rules.Oposter, u2, { poster: own1, owner: own2 }).get(hidden),
  ...['user2', own2, 'sub-user2'].map((owner) =>
    given('6', rules.Ocud, u1).create({ owner }, naming('owner')),
  ),
  given('7', rules.Ocud, u2, { owner: own1 }).update(x, hidden),
  given('7', rules.Ocud, u1, { owner: own1 }).update(x, 'unseen'),
  given('8', rules.Ocd, u2, { owner: own1 }).delete(hidden),
  given('8', rules.Ocd, u1, { owner: own1 }).delete('unseen'),
  given('9', rules.Ocrd, u1, { owner: own1 }).update(x, denied),
  given('10', rules.O, u2, { owner: own1 }).get(hidden),
  given('10', rules.O, u2, { owner: own1 }).delete(hidden),
  given('11', rules.O, u1, { owner: own1 }).update({ ...x, owner: own1 }, { ...x, owner: own1 }),
  given('11', rules.O, u1, { owner: own1 }).update({ ...x, owner: 'user1' }, { ...x, owner: own1 }),
  ...[own1, 'user1', 'sub-user1'].map((author) =>
    given('12', rules.Oauthor, u2, { author: own1 }).update({ ...x, author }, hidden),
  ),
  ...pretences.map((input) => given('13', rules.O, u2, custom).update(input, hidden)),
  ...pretences.map((input) => given('13', rules.customized, u2, custom).update(input, hidden)),
  given('14', rules.OOowners, u1).create({ owners: three }, { owners: three }),
  given('14', rules.OOowners, u2, { owners: three }).get({ owners: three }),
  given('15', rules.OOowners, u3).create({ owners: [own1, own2, own3] }, { owners: [own1, own2, own3] }),
  given('15', rules.OOowners, u1, { owners: [own1, own2, own3] }).get({ owners: [own1, own2, own3] }),
  given('16', rules.OOauthors, u1).create({}, { authors: [own1] }),
  given('16', rules.OOauthors, u1).create({ authors: [own1] }, { authors: [own1] }),
  given('16', rules.OOauthors, u1, { authors: [own1] }).update({ ...x, authors: [own1] }, x),
  given('16', rules.OOauthors, u1, { authors: [own1] }).get({ authors: [own1] }),
  given('16', rules.OOauthors, u1, { authors: [own1] }).list([{ authors: [own1] }]),
  given('16', rules.OOauthors, u1, { authors: [own1] }).delete({}),
  given('17', rules.OOauthors, u2, { authors: [own1] }).get(hidden),
  given('17', rules.OOauthors, u2, { authors: [own1] }).delete(hidden),
  given('17', rules.OOauthors, u2, { authors: [own1] }).list([]),
  given('18', rules.OOauthors, u2, { authors: [own1, own2] }).update(x, x),
  given('18', rules.OOauthors, u2, { authors: [own1, own2] }).get({ authors: [own1, own2] }),
  given('18', rules.OOauthors, u2, { authors: [own1, own2] }).list([{ authors: [own1, own2] }]),
  given('18', rules.OOauthors, u2, { authors: [own1, own2] }).delete({}),
  given('19', rules.Oreaders, u2, { owner: own1, readers: ['user2'] }).get({ readers: ['user2'] }),
  given('19', rules.Oreaders, u3, { owner: own1, readers: ['user2'] }).get(hidden),
  given('20', rules.OuserIdModerator, moderated({ user_id: 'user1' })).create(
    { id: rowId(9), postname: 'n', content: 'c' },
    { id: rowId(9), postname: 'n', content: 'c', owner: 'user1' },
  ),
  given('21', rules.Oiss, u1).create({}, { owner: issuer }),
  given('22', rules.OuserId, ana).create({}, { owner: 'ana' }),
  given('22', rules.OuserId, ana, { owner: 'ana' }).get({ owner: 'ana' }),
  given('22', rules.OuserId, ana, { owner: 'ana' }).update(x, x),
  given('22', rules.OuserId, ana, { owner: 'ana' }).delete({}),
  given('23', rules.OuserId, bo, { owner: 'ana' }).get(hidden),
  given('23', rules.OuserId, bo, { owner: 'ana' }).update(x, hidden),
  given('23', rules.OuserId, bo, { owner: 'ana' }).update({ owner: 'bo' }, hidden),
  given('23', rules.OuserId, bo, { owner: 'ana' }).delete(hidden),
  given('23', rules.OuserId, bo, { owner: 'ana' }).list([]),
  given('24', rules.absentClaims, u2).create({ description: 'd' }, denied),
  given(
    ...(['25', rules.absentClaims, u2] as const),
    ...[{ owner: own2, owners: [own2], groups: ['Admin'] }, { groups: null }, { groups: [] }],
  ).list([]),
  given('26', rules.absentOwner, u2).create(x, { owner: null, owners: [own2] }),
  given('27', rules.absentFieldOwner, u2).create({ f: 'x' }, naming('f')),
  given('27', rules.absentFieldOwner, u2, { f: 'unseen f' }).update({ f: 'x' }, naming('f')),
  given('28', rules.absentFieldOwner, u2).create(x, { ...x, f: undefined }),
  given('28', rules.absentFieldOwner, u2, { f: 'unseen f' }).update(x, { ...x, f: undefined }),
  given('29', rules.OAdmin, u2).create({}, { owner: own2 }),
  given('29', rules.OAdmin, u2, { owner: own2 }).update(x, x),
  given('30', rules.OAdmin, u1, { owner: own2 }).update(x, x),
  given('30', rules.OAdmin, u1, { owner: own2 }).get({ owner: own2 }),
  given('30', rules.OAdmin, u1, { owner: own2 }).delete({}),
  given('31', rules.OAdmin, u2, { owner: own1, ...x }, { owner: 'user1', ...x }).list([], x),
  given('31', rules.OAdmin, u2, { owner: own1 }).list([], { owner: own1 }),
  given('32', rules.Admin, u1).create(x, x),
  given('32', rules.Admin, u1, {}).update(x, x),
  given('32', rules.Admin, u1, {}).delete({}),
  given('32', rules.Admin, u2).create(x, denied),
  given('32', rules.Admin, u2, {}).update(x, denied),
  given('32', rules.Admin, u2, {}).delete(denied),
  given('33', rules.AdminOrRead, u3, x).get(x),
  given('33', rules.AdminOrRead, u3, x).list([x]),
  given('33', rules.AdminOrRead, u3).create(x, denied),
  given('33', rules.AdminOrRead, u3, {}).update(x, denied),
  given('33', rules.AdminOrRead, u3, {}).delete(denied),
  given('34', rules.AdminMakes, u1).create(x, 'unseen'),
  given('34', rules.AdminMakes, u3, { owner: own1 }).update(x, x),
  given('34', rules.AdminMakes, u3, x).list([x]),
  given('34', rules.AdminMakes, u1, { owner: own1 }).get(denied),
  given('34', rules.AdminMakes, u1, { owner: own1 }).update(x, denied),
  given('35', rules.DevsKeep, u2, { owner: own1 }).update(x, { ...x, owner: own1 }),
  given('35', rules.DevsKeep, u2, { owner: own1 }).delete({}),
  given('36', rules.Admin, u2).create({}, denied),
  given('36', rules.Admin, u2, { owner: own2 }).get(denied),
  given('36', rules.Admin, u2, { owner: own2 }).update(x, denied),
  given('36', rules.Admin, u2, { owner: own2 }).delete(denied),
  given('37', rules.byGroup, u2, { group: 'Devs-Admin' }).update(x, hidden),
  given('38', rules.byGroup, u1).create({ group: 'Admin' }, { group: 'Admin' }),
  given('38', rules.byGroup, u2).create({ group: 'Admin' }, naming('group')),
  given('39', rules.participation, u1, { participants: null, watchers: null }).list([]),
  given('39', rules.participation, u1, { participants: null, watchers: null }).get(hidden),
  given('40', rules.participation, u3, { participants: 'Participant', watchers: 'Watcher' }).list([]),
  given('40', rules.participation, u3, { participants: 'Participant', watchers: 'Watcher' }).get(hidden),
  given('40', rules.participation, u3, { participants: 'Participant', watchers: 'Watcher' }).update(
    x,
    hidden,
  ),
  given('40', rules.participation, u3, { participants: 'Participant', watchers: 'Watcher' }).delete(hidden),
  given('41', rules.byWatchers, u3, watchedByAdmin, watchedBySubscriber, watchedByBoth).list([
    ...[undefined, watchedBySubscriber, watchedByBoth],
  ]),
  given('42', rules.byWatchers, u3, watchedByAdmin).delete(hidden),
  given('42', rules.byWatchers, u3, watchedBySubscriber).delete({}),
  given('42', rules.byWatchers, u3, watchedByBoth).delete({}),
  given('43', rules.byGroupField, u2, { groupField: 'Admin' }).update({ groupField: 'Dev' }, hidden),
  given('43', rules.byGroupField, u2, { groupField: 'Admin' }).update({ groupField: 'Devs' }, hidden),
  ...[rules.byGroup, rules.byGroups].flatMap((either) => [
    given('44', either, u2, { group: 'Admin', groups: ['Admin'] }).get(hidden),
    given('44', either, u2, { group: 'Admin', groups: ['Admin'] }).delete(hidden),
    given('44', either, u2, { group: 'Admin', groups: ['Admin'] }).list([]),
  ]),
  given('45', rules.byGroups, u2, { groups: ['Admin'] }).update({ groups: ['Admin', 'Devs'] }, hidden),
  given('46', rules.ownersOrGroups, u1).create(
    { owners: ['user1'], groupsField: null },
    { owners: ['user1'], groupsField: [] },
  ),
  given('46', rules.ownersOrGroups, u1, { owners: ['user1'], groupsField: null }).update(x, x),
  given('46', rules.ownersOrGroups, u1, { owners: ['user1'], groupsField: null }).get({ owners: ['user1'] }),
  given('47', rules.byGroups, user('member', ['Group2']), { groups: ['Group1', 'Group2'] }).get({}),
  given('47', rules.byGroups, user('member', ['Group2']), { groups: ['Group1', 'Group2'] }).list([{}]),
  given('48', rules.many, id1).create({ owner: 'user2' }, { owner: 'user2', editors: ['user1'] }),
  given('49', rules.many, id2).create({ owner: 'user2', editors: [] }, { owner: 'user2', editors: [] }),
  given('50', rules.many, id2).create({ owner: 'user1', editors: [] }, naming('owner')),
  given('51', rules.many, id2).create({ editors: ['user2'] }, { owner: 'user2', editors: ['user2'] }),
  given('52', rules.many, id2).create({ owner: null, editors: ['user1'] }, naming('owner', 'editors')),
  given('53', rules.many, id2).create(
    { owner: null, editors: [], alternativeGroup: 'Devs' },
    { owner: null, editors: [], alternativeGroup: 'Devs' },
  ),
  given('53', rules.many, id3).create(
    { owner: null, editors: [], alternativeGroup: 'Admin' },
    naming('owner', 'editors', 'alternativeGroup'),
  ),
  ...manyRows.map((row) => given('54', rules.many, id2, row).get({ owner: row['owner'] })),
  given('54', rules.many, id2, ...manyRows).list(manyRows.map(({ owner }) => ({ owner }))),
  given('55', rules.many, id2, { owner: 'user1', editors: ['user1'], groups: ['Devs'] }).update(
    ...([{ alternativeGroup: 'Devs' }, { alternativeGroup: 'Devs', owner: 'user1' }] as const),
  ),
  given('56', rules.many, id2, { owner: 'user1', groups: null, alternativeGroup: 'Devs' }).delete({}),
  given('57', rules.OEditors, u1).create(x, { owner: own1, editors: [own1] }),
  given('58', rules.OEditors, u1).create({ editors: [], owner: null }, naming('editors', 'owner')),
  given('59', rules.OEditors, u1).create(
    { editors: ['user1'], owner: null },
    { editors: ['user1'], owner: null },
  ),
]

const hr = user('hugo', ['HR'])
const nameless = user('', ['HR'], {})
const owner = user('olga', [])
const other = user('oskar', [])
const both = user('olga', ['HR'])
const olga = { owner: own('olga'), name: 'Olga', bio: 'bio of olga', salary: 51_001, notes: 'notes on olga' }
const oskar = {
  ...{ owner: own('oskar'), name: 'Oskar', bio: 'bio of oskar', salary: 42_002 },
  notes: 'notes on oskar',
}
const nobody = { owner: null, name: 'Nobody', bio: 'bio of nobody', salary: 93_003, notes: 'notes on nobody' }
const without = { salary: undefined, notes: undefined }

const fieldCases: readonly Case[] = [
  given('F1', rules.employees, hr).create({ name: 'New', salary: 1, notes: 'n' }, { salary: 1, notes: 'n' }),
  ...[olga, oskar].map((row) =>
    given('F2', rules.employees, owner, row).update({ salary: 9 }, naming('salary')),
  ),
  ...[{ bio: 'new' }, { notes: 'new' }, { notes: null }].map((input) =>
    given('F3', rules.employees, owner, olga).update(input, input),
  ),
  ...[hr, nameless].map((who) =>
    given('F4', rules.employees, who, olga).update({ notes: 'x' }, naming('notes')),
  ),
  given('F5', rules.employees, other, olga).get({ ...without, bio: 'bio of olga' }),
  given('F5', rules.employees, other, olga, nobody).list([
    { ...without, bio: 'bio of olga' },
    { ...without, bio: 'bio of nobody' },
  ]),
  given('F6', rules.employees, owner, olga).get(olga),
  given('F6', rules.employees, owner, oskar).get({ ...without, bio: 'bio of oskar' }),
  given('F6', rules.employees, owner, nobody).get({ ...without, bio: 'bio of nobody' }),
  given('F6', rules.employees, owner, oskar, olga, nobody).list([without, olga, without]),
  given('F7', rules.employees, other, olga, oskar, nobody).list([], { salary: olga.salary }),
  given('F7', rules.employees, other, olga, oskar, nobody).list([undefined, oskar], { salary: oskar.salary }),
  given('F9', rules.employees, both, olga).update({ salary: 9, notes: 'x' }, { salary: 9, notes: 'x' }),
]

/** Every call of the table but F8, which orders rows and is a test of its own in each of the three. */
export const cases: readonly Case[] = [...modelCases, ...fieldCases]

/** F8: who sees the salary of some rows only. */
export const unsorted = {
  rules: rules.employees,
  callers: [other, owner] as const,
  stored: [olga, oskar, nobody],
}
