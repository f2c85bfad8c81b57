-- depends: 0020.ledger-and-fuse
-- squawk-ignore-file ban-drop-function
-- Locks that only the kit's owner can take. Numbers of advisory locks can be guessed, and any role
-- may hold one for as long as it likes; a row is locked by who may change it.

create table recon.locks (
  lock_name text not null,
  place integer not null,
  advisory_key integer,
  purpose text not null,
  constraint locks_pkey primary key (lock_name),
  constraint place_is_taken_once unique (place),
  constraint advisory_key_is_taken_once unique (advisory_key)
);

comment on table recon.locks is
  'The register of all locks of the kit, in the order in which they are taken: whoever needs two '
  'takes the one of the lower place first, so that nobody waits in a circle.';
comment on column recon.locks.lock_name is 'What is locked.';
comment on column recon.locks.place is 'Its place in the order.';
comment on column recon.locks.advisory_key is
  'The second number of its advisory lock, the first being 1919247215 ("reco"); null where the '
  'lock is this row, or for days their row of recon.day_locks.';
comment on column recon.locks.purpose is 'Who takes turns, and for how long.';

-- Those of deploys and adoptions are needed before there is a row to lock; that of posts is held
-- by a session from one transaction to the next.
insert into recon.locks (lock_name, place, advisory_key, purpose)
values
  ('adoption', 1, -2147483643, 'Adoptions, from beginning to end.'),
  ('deploy', 2, -2147483647, 'Deploys, to the end of the transaction.'),
  (
    'day', 3, null,
    'Whoever repairs a date or decides about it, to the end of the transaction: a row of '
    'recon.day_locks each. Runs never wait for it.'
  ),
  (
    'inspection', 4, null,
    'Inspections of the source, and decisions about what they found, to the end of the transaction.'
  ),
  (
    'difficulties', 5, null,
    'Whoever writes a difficulty, a decision about one, or the settings that judge them, to the '
    'end of the transaction. Their tables are locked before it.'
  ),
  ('summaries', 6, null, 'Refreshes of months and years, to the end of the transaction.'),
  ('alerts', 7, null, 'Whoever tells which alerts have changed, to the end of the transaction.'),
  ('posts', 8, -2147483645, 'Senders of posts to a webhook, while they send.');

create table recon.day_locks (
  day_no integer not null,
  constraint day_locks_pkey primary key (day_no)
);

comment on table recon.day_locks is
  'A row for each date to be locked by who repairs it or decides about it. Nothing is ever written '
  'to it.';
comment on column recon.day_locks.day_no is
  'Days since 2000-01-01, modulo 36525: a hundred years.';

insert into recon.day_locks (day_no) select generate_series(0, 36524);

-- Until now a day was locked by number. Whoever still holds one has read this table: the deploy
-- waits for them, and the next ones for the deploy.
lock table recon.run_days in access exclusive mode;

-- Code: the deploy puts its successors in place.
drop function if exists recon.lock_inspection();
drop function if exists recon.prune_history(interval);
