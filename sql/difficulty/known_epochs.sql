create or replace view recon.known_epochs as
select
  r.height,
  r.nbits,
  r.difficulty,
  r.source,
  r.began_at,
  n.began_at as ended_at,
  r.height = 0 or p.height is not null as follows_another
from recon.retargets r
left join recon.retargets n on n.height = r.height + 2016
left join recon.retargets p on p.height = r.height - 2016
where r.began_at is not null;

comment on view recon.known_epochs is
  'The epochs whose time the table of retargets knows, with their end where it has the next one.';
comment on column recon.known_epochs.height is 'First block.';
comment on column recon.known_epochs.nbits is 'The target, as nBits.';
comment on column recon.known_epochs.difficulty is 'The difficulty, to 6 decimals.';
comment on column recon.known_epochs.source is 'Where the row came from.';
comment on column recon.known_epochs.began_at is 'Time of the first block.';
comment on column recon.known_epochs.ended_at is
  'Time of the first block of the next epoch; null where the table does not have it.';
comment on column recon.known_epochs.follows_another is
  'Whether the table has the epoch before it.';
