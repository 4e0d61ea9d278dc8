-- searching: accents, scripts without spaces, symbols
-- depends: 0004_box_office

-- migrate: apply

-- Text without case and accents, for comparing and sorting. Python has the same rule: domain/model/searching.py.
CREATE FUNCTION folded(text) RETURNS text LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN lower(normalize(regexp_replace(normalize($1, NFKD), '[\u0300-\u036f]', '', 'g'), NFC));

DROP INDEX events_by_name;
CREATE INDEX events_by_name ON events (folded(name) COLLATE "C", id);

-- The words that an event is found by. Chinese, Japanese and Korean have no spaces between words, so each of their letters
-- begins a word of up to eight. A piece of text without any letter or digit, like the name of a band, is a word too.
DROP INDEX events_by_words;
DROP FUNCTION words_to_find(text);
DROP FUNCTION words_of(text);
CREATE FUNCTION words_of(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5000
RETURN ARRAY(
    SELECT DISTINCT left(word, 50)
    FROM (
        SELECT run AS word
        FROM regexp_split_to_table(folded($1), '[^[:alnum:]]+') AS run
        UNION ALL
        SELECT substr(run, start, 8)
        FROM regexp_split_to_table(folded($1), '[^\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+') AS run
        CROSS JOIN LATERAL generate_series(1, length(run)) AS start
        UNION ALL
        SELECT piece
        FROM regexp_split_to_table(folded($1), '\s+') AS piece
        WHERE piece !~ '[[:alnum:]]'
    ) AS found
    WHERE word <> ''
);

-- What to look for: every word; symbols only where there is no word, so that a dash between words need not be there. Of a
-- word without spaces around it no more than what was indexed.
CREATE FUNCTION words_to_find(text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (
    -- In a query's text, quotes and backslashes within a word are doubled.
    SELECT string_agg('''' || regexp_replace(word, '([''\\])', '\1\1', 'g') || ''':*', ' & ')::tsquery
    FROM (
        SELECT left(run, CASE WHEN run ~ '^[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af]+$' THEN 8 ELSE 50 END) AS word
        FROM regexp_split_to_table(folded($1), '[^[:alnum:]]+') AS run
        WHERE run <> ''
        UNION ALL
        SELECT left(piece, 50)
        FROM regexp_split_to_table(folded($1), '\s+') AS piece
        WHERE piece <> '' AND folded($1) !~ '[[:alnum:]]'
    ) AS wanted
);
CREATE INDEX events_by_words ON events
    USING gin (array_to_tsvector(words_of(name || ' ' || artist || ' ' || tour_name || ' ' || description)));
CREATE INDEX venues_by_words ON venues USING gin (array_to_tsvector(words_of(name || ' ' || city)));

-- migrate: rollback

DROP INDEX venues_by_words;
DROP INDEX events_by_words;
DROP FUNCTION words_to_find(text);
DROP FUNCTION words_of(text);
DROP INDEX events_by_name;
DROP FUNCTION folded(text);
CREATE INDEX events_by_name ON events (lower(name) COLLATE "C", id);
CREATE FUNCTION words_of(text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE COST 5000
RETURN ARRAY(
    SELECT DISTINCT left(word, 50)
    FROM regexp_split_to_table(lower($1), '[^[:alnum:]]+') AS word
    WHERE word <> ''
);
CREATE FUNCTION words_to_find(text) RETURNS tsquery LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE
RETURN (SELECT string_agg(quote_literal(word) || ':*', ' & ')::tsquery FROM unnest(words_of($1)) AS word);
CREATE INDEX events_by_words ON events
    USING gin (array_to_tsvector(words_of(name || ' ' || artist || ' ' || tour_name || ' ' || description)));
