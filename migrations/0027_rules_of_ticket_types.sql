-- rules of ticket types: hidden ones, paused ones, and periods of their own
-- depends: 0026_terms_of_cancellation

-- migrate: apply

ALTER TABLE ticket_types
    ADD hidden      boolean NOT NULL DEFAULT false,
    ADD paused      boolean NOT NULL DEFAULT false,
    ADD sales_start timestamptz,
    ADD sales_end   timestamptz,
    ADD CONSTRAINT ticket_types_sales_end_after_start CHECK (sales_start < sales_end);

-- Return whether the public may reserve tickets of a type at a moment, as far as the type's own rules say.
CREATE FUNCTION is_offered(type ticket_types, moment timestamptz) RETURNS boolean LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN NOT (type.hidden OR type.paused)
    AND coalesce(type.sales_start <= moment, true) AND coalesce(type.sales_end > moment, true);

-- Whether some type of the event has rules: only then, what is left of its types is looked at.
ALTER TABLE events ADD has_type_rules boolean NOT NULL DEFAULT false;

-- migrate: rollback

ALTER TABLE events DROP COLUMN has_type_rules;
DROP FUNCTION is_offered(ticket_types, timestamptz);
ALTER TABLE ticket_types
    DROP COLUMN hidden,
    DROP COLUMN paused,
    DROP COLUMN sales_start,
    DROP COLUMN sales_end;
