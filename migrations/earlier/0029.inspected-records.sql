-- depends: 0028.source-rules
-- squawk-ignore-file ban-drop-view

-- Views of the source that read it in another way from here on.
drop view if exists recon.period_content;
drop view if exists recon.farm_content;
drop view if exists recon.distinct_records;
