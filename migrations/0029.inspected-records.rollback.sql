-- The views are code; the deploy puts those of its version in place.
select 1;
