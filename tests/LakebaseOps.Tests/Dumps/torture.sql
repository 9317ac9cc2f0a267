-- Everything that a definition of a database may hold, and rows that are hard to carry. Run by TortureSchema; {owner} and {reader} are roles.
CREATE SCHEMA "Odd.Schema, ""quoted""";
CREATE SCHEMA other AUTHORIZATION {owner};
COMMENT ON SCHEMA other IS 'it''s "other"; -- not a comment
-- Name: trap; Type: TABLE; Schema: public; Owner: nobody';
CREATE EXTENSION IF NOT EXISTS btree_gist WITH SCHEMA other;
CREATE COLLATION public.plain (provider = libc, locale = 'C');

-- types
CREATE TYPE public.mood AS ENUM ('sad', 'it''s ok', 'happy');
CREATE TYPE public.nothing AS ENUM ();
CREATE TYPE public.point3 AS (x integer, y integer, label text COLLATE "C");
CREATE TYPE public.empty_row AS ();
CREATE TYPE public.span AS RANGE (subtype = numeric, multirange_type_name = public.spans);
CREATE TYPE public.text_span AS RANGE (subtype = text, collation = "C");
CREATE DOMAIN public.positive AS integer DEFAULT 1 NOT NULL CONSTRAINT positive_check CHECK (VALUE > 0) CONSTRAINT small CHECK (VALUE < 1000000);
CREATE DOMAIN public.tags AS text[] CHECK (array_length(VALUE, 1) < 10);
CREATE DOMAIN public.code AS varchar(8) COLLATE "C";
CREATE DOMAIN public.loose AS integer;
COMMENT ON TYPE public.mood IS 'how one feels';
COMMENT ON DOMAIN public.positive IS 'above nothing';
COMMENT ON CONSTRAINT small ON DOMAIN public.positive IS 'and below a million';
COMMENT ON COLUMN public.point3.label IS 'what it is called';
ALTER TYPE public.mood OWNER TO {owner};
REVOKE ALL ON TYPE public.point3 FROM PUBLIC;
GRANT USAGE ON TYPE public.point3 TO {reader};

-- functions
CREATE FUNCTION public.twice(integer) RETURNS integer LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS 'SELECT $1 * 2';
CREATE FUNCTION public.quotes(a text DEFAULT 'it''s', VARIADIC rest integer[] DEFAULT '{}') RETURNS text LANGUAGE plpgsql STABLE COST 7 SET work_mem = '8MB' AS $body$
BEGIN
  -- Name: trap; Type: FUNCTION; Schema: public; Owner: nobody
  RETURN $$dollar $ 'single' "double"$$ || a || '\n' || E'\'';
END $body$;
CREATE FUNCTION public.atomic(a integer, OUT b integer, OUT c text) LANGUAGE sql BEGIN ATOMIC SELECT a + 1 AS b, 'x;y'::text AS c; END;
CREATE FUNCTION public."Odd, (function)"("Odd arg" integer) RETURNS SETOF integer LANGUAGE sql ROWS 5 SECURITY DEFINER LEAKPROOF AS 'SELECT generate_series(1, $1)';
CREATE FUNCTION public.touch() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN RETURN NEW; END';
CREATE FUNCTION public.watch() RETURNS event_trigger LANGUAGE plpgsql AS 'BEGIN END';
CREATE PROCEDURE public.noop(INOUT a integer) LANGUAGE plpgsql AS 'BEGIN a := a + 1; END';
CREATE AGGREGATE public.total(integer) (SFUNC = int4pl, STYPE = integer, INITCOND = '0', COMBINEFUNC = int4pl, PARALLEL = safe);
CREATE AGGREGATE public.tally(*) (SFUNC = int8inc, STYPE = bigint, INITCOND = '0');
CREATE FUNCTION public.same(integer, text) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1::text = $2';
CREATE OPERATOR public.=== (FUNCTION = public.same, LEFTARG = integer, RIGHTARG = text);
CREATE FUNCTION public.to_mood(integer) RETURNS public.mood LANGUAGE sql IMMUTABLE AS $$SELECT 'sad'::public.mood$$;
CREATE CAST (integer AS public.mood) WITH FUNCTION public.to_mood(integer) AS ASSIGNMENT;
COMMENT ON FUNCTION public.twice(integer) IS 'doubles';
COMMENT ON AGGREGATE public.total(integer) IS 'sums';
COMMENT ON AGGREGATE public.tally(*) IS 'counts';
COMMENT ON OPERATOR public.=== (integer, text) IS 'equal as text';
COMMENT ON CAST (integer AS public.mood) IS 'always sad';
REVOKE ALL ON FUNCTION public.twice(integer) FROM PUBLIC;
GRANT EXECUTE ON FUNCTION public.twice(integer) TO {reader} WITH GRANT OPTION;
GRANT EXECUTE ON PROCEDURE public.noop(integer) TO {reader};
CREATE TEXT SEARCH DICTIONARY public.dict (TEMPLATE = pg_catalog.simple, STOPWORDS = 'english');
CREATE TEXT SEARCH CONFIGURATION public.conf (PARSER = pg_catalog."default");
ALTER TEXT SEARCH CONFIGURATION public.conf ADD MAPPING FOR asciiword, word WITH public.dict, simple;

-- sequences
CREATE SEQUENCE public.odd AS smallint INCREMENT BY -3 MINVALUE -100 MAXVALUE 50 START WITH 20 CACHE 4 CYCLE;
SELECT nextval('public.odd'), nextval('public.odd');
CREATE SEQUENCE public.untouched START WITH 77;
CREATE SEQUENCE other.far MAXVALUE 9223372036854775807;
SELECT setval('other.far', 9223372036854775000, false);
CREATE UNLOGGED SEQUENCE public.unlogged_sequence;
COMMENT ON SEQUENCE public.odd IS 'counts down';
GRANT USAGE ON SEQUENCE public.odd TO {reader};

-- tables
CREATE TABLE public.empty (id bigint, note text);
CREATE TABLE public.zero ();
CREATE TABLE public.every_type (
  id serial PRIMARY KEY, small smallserial, amount numeric, exact numeric(30,10), real4 real, real8 double precision, stamp timestamptz, plain timestamp,
  day date, clock time, clock_zone timetz, span interval, raw bytea, doc jsonb, text_doc json, ids integer[], grid text[][], feel public.mood, feels public.mood[],
  place public.point3, places public.point3[], marks public.tags, count public.positive, short public.code, piece public.span, many public.spans,
  net inet, mac macaddr, bits bit varying(20), uid uuid, xml_doc xml, tree tsvector, flag boolean, fixed char(5), long text, lsn pg_lsn, money money);
CREATE TABLE public."Quoted ""name"", with; USING" (
  id integer GENERATED ALWAYS AS IDENTITY (START WITH 5 INCREMENT BY 10),
  "Select" varchar(20) COLLATE "C" DEFAULT 'it''s' NOT NULL, "Ünïcode" text, doubled integer GENERATED ALWAYS AS (public.twice(7)) STORED,
  CONSTRAINT "pk ""q""" PRIMARY KEY (id) WITH (fillfactor = 70), CONSTRAINT named_check CHECK ("Select" <> 'x;y')) WITH (fillfactor = 80, toast.autovacuum_enabled = false);
CREATE TABLE public.by_default (id bigint GENERATED BY DEFAULT AS IDENTITY (MINVALUE 3 MAXVALUE 1000000 CACHE 5 CYCLE) UNIQUE, at timestamptz DEFAULT now() NOT NULL);
CREATE TABLE public.a23456789012345678901234567890123456789012345678901234567890123 (b23456789012345678901234567890123456789012345678901234567890123 serial, c integer UNIQUE);
CREATE TABLE public.a23456789012345678901234567890123456789012345678901234567890124 (b23456789012345678901234567890123456789012345678901234567890123 serial, c integer UNIQUE);
CREATE INDEX ON public.a23456789012345678901234567890123456789012345678901234567890123 (b23456789012345678901234567890123456789012345678901234567890123);
CREATE INDEX ON public.a23456789012345678901234567890123456789012345678901234567890124 (b23456789012345678901234567890123456789012345678901234567890123);
CREATE TABLE "Odd.Schema, ""quoted""".t (id integer PRIMARY KEY, mood public.mood DEFAULT 'happy', n integer DEFAULT nextval('public.odd'));
CREATE UNLOGGED TABLE public.unlogged (id integer GENERATED ALWAYS AS IDENTITY, v text);
CREATE TABLE public.tuned (a text, b text, c integer, dropped integer, d text COLLATE public.plain);
ALTER TABLE public.tuned DROP COLUMN dropped;
ALTER TABLE public.tuned ALTER a SET STORAGE EXTERNAL, ALTER b SET COMPRESSION pglz, ALTER c SET STATISTICS 300, ALTER c SET (n_distinct = -0.5);
ALTER TABLE public.tuned REPLICA IDENTITY FULL;
CREATE TABLE public.typed OF public.point3 (x WITH OPTIONS DEFAULT 4 NOT NULL, CHECK (y > 0));
CREATE TABLE public.parent (id integer NOT NULL, v text DEFAULT 'p', CONSTRAINT parent_check CHECK (id > 0), CONSTRAINT alone CHECK (id <> 13) NO INHERIT);
CREATE TABLE public.child (extra integer, CHECK (extra > 1)) INHERITS (public.parent);
ALTER TABLE public.child ALTER v SET DEFAULT 'c';
CREATE TABLE other.grandchild (LIKE public.parent) INHERITS (public.child);
ALTER TABLE other.grandchild ALTER v DROP DEFAULT;
CREATE TABLE public.late (id integer, v integer);
INSERT INTO public.late VALUES (1, -1);
ALTER TABLE public.late ADD CONSTRAINT late_check CHECK (v > 0) NOT VALID;

-- partitions
CREATE TABLE public.sales (id bigint GENERATED BY DEFAULT AS IDENTITY, day date NOT NULL, region text DEFAULT 'us', amount numeric DEFAULT 0 CHECK (amount >= 0), PRIMARY KEY (id, day, region)) PARTITION BY RANGE (day);
CREATE TABLE public.sales_2024 PARTITION OF public.sales FOR VALUES FROM ('2024-01-01') TO ('2025-01-01');
CREATE TABLE public.sales_2025 PARTITION OF public.sales FOR VALUES FROM ('2025-01-01') TO ('2026-01-01') PARTITION BY LIST (region);
CREATE TABLE public.sales_2025_eu PARTITION OF public.sales_2025 (amount DEFAULT 5) FOR VALUES IN ('eu', 'uk');
CREATE TABLE public.sales_2025_rest PARTITION OF public.sales_2025 DEFAULT;
CREATE TABLE public.sales_rest PARTITION OF public.sales DEFAULT;
CREATE INDEX sales_region ON public.sales (region, lower(region));
CREATE INDEX only_leaf ON public.sales_2024 (amount);
CREATE TABLE public.hashed (id integer, v text) PARTITION BY HASH (id);
CREATE TABLE public.hashed_0 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 0);
CREATE TABLE other.hashed_1 PARTITION OF public.hashed FOR VALUES WITH (MODULUS 2, REMAINDER 1);

-- keys
CREATE TABLE public.ring_a (id integer PRIMARY KEY, b integer);
CREATE TABLE public.ring_b (id integer PRIMARY KEY, a integer REFERENCES public.ring_a DEFERRABLE INITIALLY DEFERRED);
ALTER TABLE public.ring_a ADD CONSTRAINT ring_a_b FOREIGN KEY (b) REFERENCES public.ring_b (id) ON DELETE SET NULL ON UPDATE CASCADE;
ALTER TABLE public.ring_a ADD CONSTRAINT ring_unchecked FOREIGN KEY (b) REFERENCES public.ring_a NOT VALID;
ALTER TABLE public.hashed ADD FOREIGN KEY (id) REFERENCES public.ring_a;
CREATE TABLE public.keys (
  a integer, b integer, c integer NOT NULL, during tstzrange, UNIQUE NULLS NOT DISTINCT (a, b), CONSTRAINT later UNIQUE (a) INCLUDE (b) DEFERRABLE INITIALLY DEFERRED,
  CONSTRAINT no_overlap EXCLUDE USING gist (a WITH =, during WITH &&) WHERE (a > 0) DEFERRABLE);
CREATE UNIQUE INDEX keys_identity ON public.keys (c);
ALTER TABLE public.keys REPLICA IDENTITY USING INDEX keys_identity;
CREATE INDEX keys_partial ON public.keys (b DESC NULLS LAST) INCLUDE (c) WITH (fillfactor = 60) WHERE a IS NOT NULL;
CREATE INDEX keys_expression ON public.keys ((a + b), public.twice(c));
ALTER INDEX public.keys_expression ALTER COLUMN 1 SET STATISTICS 500;
CREATE INDEX keys_hash ON public.keys USING hash (c);
CREATE INDEX keys_brin ON public.keys USING brin (a) WITH (pages_per_range = 8);
CREATE INDEX doc_gin ON public.every_type USING gin (doc jsonb_path_ops);
CREATE INDEX tree_gist ON public.every_type USING gist (tree);
CREATE INDEX like_text ON public.every_type (long text_pattern_ops, short COLLATE "POSIX");
ALTER TABLE public.keys CLUSTER ON keys_identity;
CREATE STATISTICS public.keys_statistics (ndistinct, dependencies) ON a, b FROM public.keys;
ALTER STATISTICS public.keys_statistics SET STATISTICS 50;
CREATE STATISTICS other.expressions ON (a + 1), b FROM public.keys;

-- views
CREATE VIEW public.simple WITH (security_barrier = true) AS SELECT id, feel FROM public.every_type WHERE id > 0 WITH LOCAL CHECK OPTION;
CREATE VIEW public.on_view AS SELECT s.*, p.v AS "odd ""column""" FROM public.simple s LEFT JOIN public.parent p USING (id);
ALTER VIEW public.simple ALTER COLUMN feel SET DEFAULT 'sad';
CREATE VIEW public.grouped AS SELECT r.id, r.b, count(*) AS n FROM public.ring_a r GROUP BY r.id;
CREATE VIEW public.on_grouped AS SELECT n FROM public.grouped;
CREATE RECURSIVE VIEW public.counting (n) AS VALUES (1) UNION ALL SELECT n + 1 FROM counting WHERE n < 5;
CREATE VIEW public.circle_a AS SELECT 1 AS x, 'a'::varchar(5) COLLATE "C" AS y;
CREATE VIEW public.circle_b AS SELECT x, y FROM public.circle_a;
CREATE OR REPLACE VIEW public.circle_a WITH (security_invoker = true) AS SELECT x, y FROM public.circle_b;
CREATE MATERIALIZED VIEW public.zz_first AS SELECT id, amount FROM public.every_type;
CREATE MATERIALIZED VIEW public.aa_second WITH (fillfactor = 90) AS SELECT count(*) AS n FROM public.zz_first;
CREATE MATERIALIZED VIEW public.unfilled AS SELECT 1 AS one WITH NO DATA;
CREATE MATERIALIZED VIEW public.grouped_too AS SELECT r.id, r.b FROM public.ring_a r GROUP BY r.id;
CREATE UNIQUE INDEX zz_first_id ON public.zz_first (id);
CREATE FUNCTION public.rows_of() RETURNS SETOF public.ring_a LANGUAGE sql STABLE BEGIN ATOMIC SELECT * FROM public.ring_a; END;
CREATE TABLE public.looped (id integer);
CREATE FUNCTION public.is_fine(public.looped) RETURNS boolean LANGUAGE sql IMMUTABLE AS 'SELECT $1.id > 0';
ALTER TABLE public.looped ADD CONSTRAINT fine CHECK (public.is_fine(looped.*));
COMMENT ON VIEW public.simple IS 'a view';
COMMENT ON MATERIALIZED VIEW public.zz_first IS 'a filled view';

-- rules, triggers, row security
CREATE RULE replaced AS ON INSERT TO public.on_view DO INSTEAD NOTHING;
CREATE RULE quiet AS ON DELETE TO public.late WHERE old.id < 0 DO INSTEAD NOTHING;
ALTER TABLE public.late DISABLE RULE quiet;
CREATE TRIGGER before_row BEFORE INSERT OR UPDATE OF v ON public.late FOR EACH ROW WHEN (new.id > 0) EXECUTE FUNCTION public.touch('it''s', 'b');
CREATE TRIGGER "Odd trigger" AFTER INSERT ON public.late REFERENCING NEW TABLE AS added FOR EACH STATEMENT EXECUTE FUNCTION public.touch();
ALTER TABLE public.late DISABLE TRIGGER before_row;
ALTER TABLE public.late ENABLE ALWAYS TRIGGER "Odd trigger";
CREATE CONSTRAINT TRIGGER checked AFTER INSERT ON public.ring_b DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE TRIGGER on_parts AFTER INSERT ON public.sales FOR EACH ROW EXECUTE FUNCTION public.touch();
ALTER TABLE public.sales_2024 DISABLE TRIGGER on_parts;
CREATE TRIGGER instead INSTEAD OF INSERT ON public.grouped FOR EACH ROW EXECUTE FUNCTION public.touch();
CREATE EVENT TRIGGER watcher ON ddl_command_end WHEN TAG IN ('DROP TABLE', 'DROP VIEW') EXECUTE FUNCTION public.watch();
ALTER EVENT TRIGGER watcher DISABLE;
ALTER TABLE public.tuned ENABLE ROW LEVEL SECURITY;
ALTER TABLE public.tuned FORCE ROW LEVEL SECURITY;
CREATE POLICY see ON public.tuned FOR SELECT TO {reader}, {owner} USING (c > 0 OR a = 'it''s');
CREATE POLICY "Write, ""all""" ON public.tuned AS RESTRICTIVE USING (true) WITH CHECK (c < 100);

-- comments, privileges, owners
COMMENT ON TABLE public.every_type IS 'of every
type; with $$dollars$$ and \backslash';
COMMENT ON COLUMN public.every_type.long IS 'it''s long';
COMMENT ON COLUMN public."Quoted ""name"", with; USING"."Ünïcode" IS 'naïve';
COMMENT ON INDEX public.keys_partial IS 'partial';
COMMENT ON CONSTRAINT no_overlap ON public.keys IS 'no overlap';
COMMENT ON CONSTRAINT late_check ON public.late IS 'some are not';
COMMENT ON TRIGGER before_row ON public.late IS 'before';
COMMENT ON RULE quiet ON public.late IS 'quiet';
COMMENT ON POLICY see ON public.tuned IS 'who sees';
COMMENT ON STATISTICS public.keys_statistics IS 'of two columns';
COMMENT ON COLLATION public.plain IS 'plain';
COMMENT ON EVENT TRIGGER watcher IS 'watches';
COMMENT ON TEXT SEARCH CONFIGURATION public.conf IS 'words';
ALTER TABLE public.parent OWNER TO {owner};
ALTER TABLE public.sales OWNER TO {owner};
ALTER VIEW public.simple OWNER TO {owner};
ALTER FUNCTION public.touch() OWNER TO {owner};
ALTER SEQUENCE public.untouched OWNER TO {owner};
GRANT SELECT, INSERT ON public.every_type TO {reader};
GRANT ALL ON public.keys TO {owner} WITH GRANT OPTION;
GRANT SELECT (a, c), UPDATE (b) ON public.tuned TO {reader};
GRANT SELECT ON public.parent TO PUBLIC;
REVOKE DELETE ON public.child FROM CURRENT_USER;
GRANT USAGE ON SCHEMA "Odd.Schema, ""quoted""", other TO {reader};
GRANT SELECT ON public.zz_first, public.on_view TO {reader};
ALTER DEFAULT PRIVILEGES IN SCHEMA other GRANT SELECT ON TABLES TO {reader};
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} GRANT EXECUTE ON FUNCTIONS TO {reader} WITH GRANT OPTION;
ALTER DEFAULT PRIVILEGES FOR ROLE {owner} REVOKE ALL ON FUNCTIONS FROM PUBLIC;

-- rows
INSERT INTO public.zero SELECT FROM generate_series(1, 3);
INSERT INTO public.every_type (amount, exact, real4, real8, stamp, plain, day, clock, clock_zone, span, raw, doc, text_doc, ids, grid, feel, feels, place, places,
    marks, count, short, piece, many, net, mac, bits, uid, xml_doc, tree, flag, fixed, long, lsn, money)
  VALUES ('NaN', 12345678901234567890.0123456789, 'NaN', '-Infinity', 'infinity', '-infinity', 'infinity', '24:00', '23:59:59.999999-12', '-1 year 3 days 00:00:01', '\x00ff5c',
    '{"a": [1, null, "\u00e9"]}', '{"a" : 1,  "a":2}', '{1,NULL,3}', '{{a,"b,c"},{NULL,"\"q\""}}', 'it''s ok', '{sad,NULL}', '(1,,"a ""b"", (c)")', '{"(1,2,x)",NULL}',
    '{x,"y z"}', 5, 'Ab', '[1.5,)', '{[1,2),[5,7]}', '::1/64', '08:00:2b:01:02:03', B'10101', 'a0eebc99-9c0b-4ef8-bb6d-6bb9bd380a11', '<a>b</a>', 'fat:2 cat:3A', true, 'x', repeat('long ', 20000), '1/ABC', '$1.50'),
  ('Infinity', NULL, 'Infinity', '-0', '0044-03-15 12:00+00 BC', '294276-12-31 23:59:59.999999', '4713-01-01 BC', '00:00', '00:00+15:59', '178000000 years', '',
    'null', '[]', '{}', '{}', 'sad', '{}', NULL, '{}', NULL, 1, '', 'empty', '{}', '10.0.0.1', NULL, '', NULL, NULL, '', false, '', '', NULL, NULL);
INSERT INTO public.every_type (amount) SELECT i / 7.0 FROM generate_series(1, 200) AS i;
INSERT INTO public."Quoted ""name"", with; USING" ("Ünïcode") VALUES (E'tab\tline\nback\\slash'), (NULL), ('日本語 🎉');
INSERT INTO public.by_default (id, at) VALUES (42, '2024-02-29'), (DEFAULT, 'epoch');
INSERT INTO public.a23456789012345678901234567890123456789012345678901234567890123 (c) VALUES (1), (2);
INSERT INTO public.a23456789012345678901234567890123456789012345678901234567890124 (c) VALUES (NULL), (3);
INSERT INTO "Odd.Schema, ""quoted""".t (id) VALUES (1), (2);
INSERT INTO public.unlogged (v) VALUES ('u');
INSERT INTO public.tuned (a, b, c) SELECT repeat('a', i * 100), repeat('b', i * 100), i FROM generate_series(1, 50) AS i;
INSERT INTO public.typed VALUES (1, 2, 'three');
INSERT INTO public.parent VALUES (1, 'parent');
INSERT INTO public.child VALUES (2, 'child', 3);
INSERT INTO other.grandchild VALUES (3, 'grandchild', 4);
INSERT INTO public.sales (day, region, amount) SELECT date '2023-12-30' + i * 10, CASE i % 3 WHEN 0 THEN 'eu' WHEN 1 THEN 'us' ELSE '' END, i FROM generate_series(1, 100) AS i;
INSERT INTO public.ring_a VALUES (1, NULL), (2, NULL);
INSERT INTO public.ring_b VALUES (1, 1), (2, NULL);
UPDATE public.ring_a SET b = 2 WHERE id = 1;
INSERT INTO public.hashed SELECT 1 + i % 2, 'h' || i FROM generate_series(1, 20) AS i;
INSERT INTO public.keys VALUES (1, NULL, 1, '[2024-01-01,2024-02-01)'), (2, 2, 2, NULL);
REFRESH MATERIALIZED VIEW public.zz_first;
REFRESH MATERIALIZED VIEW public.aa_second;
REFRESH MATERIALIZED VIEW public.grouped_too;
