-- migrate:up

-- A structure as each export file writes it. `department` is null when it is in no file; the line stays, so
-- that an older event that comes late finds the version it must not undo.
create table export_line (
    structure_id uuid primary key,
    version bigint not null,
    department text,
    csv text not null,
    data_inclusion_structure text not null,
    data_inclusion_services text not null
);
create index export_line_department on export_line (department, structure_id) where department is not null;

-- When the files of a department last changed; `revision` tells two changes within one second apart.
create table export_file (
    department text primary key,
    refreshed_at timestamptz not null,
    revision bigint not null
);

-- migrate:down
drop table export_file;
drop table export_line;
