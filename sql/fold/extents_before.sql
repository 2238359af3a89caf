-- One row per contact that was merged into before a batch (all batches where it is null): the extents that its line had then.
create or replace temp table extents_before as
select
    edges_frame.p as n,
    arg_max(edges_frame."left", edges_frame.seq) as "left",
    arg_max(edges_frame."right", edges_frame.seq) as "right"
from edges_frame
inner join member_merges on member_merges.seq = edges_frame.seq and member_merges.d = edges_frame.d
where $batch_no is null or member_merges.batch_no < $batch_no
group by edges_frame.p
