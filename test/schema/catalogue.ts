import type pg from 'pg';

/** Everything a schema is made of, one line per thing, sorted: two schemas are the same when their lines are. */
const DESCRIPTION = `
  WITH ours AS (
    SELECT c.* FROM pg_class c WHERE c.relnamespace = 'public'::regnamespace AND c.relname NOT LIKE 'migrations%'
  )
  SELECT format('relation %s %s %s %s', relname, relkind, array_to_string(reloptions, ','), pg_get_expr(relpartbound, oid))
    FROM ours WHERE relkind IN ('r', 'p', 'v', 'm')
  UNION ALL
  SELECT format('column %s.%s %s %s %s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod),
      CASE WHEN a.attnotnull THEN 'not null' ELSE 'null' END, a.attidentity, pg_get_expr(d.adbin, d.adrelid))
    FROM ours c JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
    LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum WHERE c.relkind IN ('r', 'p', 'v', 'm')
  UNION ALL
  SELECT format('constraint %s on %s: %s', k.conname, c.relname, pg_get_constraintdef(k.oid))
    FROM ours c JOIN pg_constraint k ON k.conrelid = c.oid
  UNION ALL
  SELECT format('index %s', pg_get_indexdef(i.indexrelid)) FROM ours c JOIN pg_index i ON i.indrelid = c.oid
  UNION ALL
  SELECT format('trigger %s', pg_get_triggerdef(t.oid)) FROM ours c JOIN pg_trigger t ON t.tgrelid = c.oid WHERE NOT t.tgisinternal
  UNION ALL
  SELECT format('function %s', pg_get_functiondef(p.oid)) FROM pg_proc p WHERE p.pronamespace = 'public'::regnamespace
    AND p.prokind IN ('f', 'p')
  UNION ALL
  SELECT format('sequence %s', relname) FROM ours WHERE relkind = 'S'
  UNION ALL
  SELECT format('type %s %s', t.typname, (SELECT string_agg(enumlabel, ',' ORDER BY enumsortorder) FROM pg_enum WHERE enumtypid = t.oid))
    FROM pg_type t WHERE t.typnamespace = 'public'::regnamespace AND t.typtype IN ('e', 'd', 'r')
  ORDER BY 1`;

/** The schema as sorted lines, the table in which migrations are noted left out. */
export async function describeSchema(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ format: string }>(DESCRIPTION);
  return rows.map(({ format }) => format);
}

/** Names of all tables, without partitions and without the one of the migrations. */
export async function tableNames(client: pg.Client): Promise<string[]> {
  const { rows } = await client.query<{ relname: string }>(
    `SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relkind IN ('r', 'p') AND NOT relispartition
       AND relname <> 'migrations' ORDER BY relname`,
  );
  return rows.map(({ relname }) => relname);
}

/** A foreign key: where it stands, its first column, what happens on deletion, and whether an index starts with its columns. */
export interface ForeignKey {
  readonly name: string;
  /** `pg_constraint.confdeltype`: a (no action), r (restrict), c (cascade), n (set null), d (set default). */
  readonly on_delete: string;
  readonly indexed: boolean;
}

/** The foreign keys of all tables, those that partitions inherit left out. */
export async function foreignKeys(client: pg.Client): Promise<ForeignKey[]> {
  const { rows } = await client.query<ForeignKey>(`
    SELECT k.conname AS name, k.confdeltype::text AS on_delete, EXISTS (
      SELECT 1 FROM pg_index i WHERE i.indrelid = k.conrelid AND i.indisvalid
        AND (string_to_array(i.indkey::text, ' ')::smallint[])[1:cardinality(k.conkey)] @> k.conkey
        -- A partial index serves only where its condition follows from the key being there.
        AND (i.indpred IS NULL OR pg_get_expr(i.indpred, i.indrelid) ~ '^\\(\\w+ IS NOT NULL\\)$')
    ) AS indexed
    FROM pg_constraint k WHERE k.contype = 'f' AND k.conparentid = 0 AND k.connamespace = 'public'::regnamespace ORDER BY 1`);
  return rows;
}
