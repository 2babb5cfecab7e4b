-- migrate:up

-- A statement is prepared once, and planned for the very values of each search: which filters are set decides which
-- index serves. Left to itself, PostgreSQL may settle for one plan for all.
do $$
begin
    execute format(
        'alter role %I in database %I set plan_cache_mode = force_custom_plan', current_user, current_database()
    );
end
$$;

-- migrate:down
do $$
begin
    execute format('alter role %I in database %I reset plan_cache_mode', current_user, current_database());
end
$$;
