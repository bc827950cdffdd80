/** A line of the table: what was measured, with one figure per column. */
export interface Line {
  readonly what: string;
  readonly figures: readonly (number | undefined)[];
}

/** A ratio with what it should be: `least` or `most`. */
export interface Target {
  readonly what: string;
  readonly value: number;
  readonly least?: number;
  readonly most?: number;
}

/** Prints the medians, then the ratios against their targets, then everything as one line of JSON. */
export function report(
  bench: string,
  columns: readonly string[],
  lines: readonly Line[],
  targets: readonly Target[],
): void {
  const rows = [
    ['', ...columns],
    ...lines.map(({ what, figures }) => [what, ...figures.map((figure) => shown(figure))]),
  ];
  const verdicts = targets.map(({ what, value, least, most }) => {
    const met = value >= (least ?? Number.NEGATIVE_INFINITY) && value <= (most ?? Number.POSITIVE_INFINITY);
    const wanted = least === undefined ? (most === undefined ? '' : `at most ${most}`) : `at least ${least}`;
    return [what, value.toFixed(2), wanted, wanted ? (met ? 'met' : 'missed') : ''];
  });
  const json = {
    bench,
    medians: Object.fromEntries(
      lines.map(({ what, figures }) => [
        what,
        Object.fromEntries(columns.map((column, i) => [column, figures[i] ?? null])),
      ]),
    ),
    ratios: Object.fromEntries(targets.map(({ what, value }) => [what, value])),
  };
  process.stdout.write(`\n${table(rows)}\n\n${table(verdicts)}\n\n${JSON.stringify(json, rounded)}\n`);
}

/** Tells what goes on, beside the results. */
export function progress(text: string): void {
  process.stderr.write(`${text}\n`);
}

function shown(figure: number | undefined): string {
  if (figure === undefined || Number.isNaN(figure)) return '-';
  return figure >= 100 ? figure.toFixed(0) : figure.toPrecision(3);
}

function rounded(_key: string, value: unknown): unknown {
  return typeof value === 'number' ? Number(value.toPrecision(4)) : value;
}

function table(rows: readonly (readonly string[])[]): string {
  const widths = (rows[0] ?? []).map((_, i) => Math.max(...rows.map((row) => row[i]?.length ?? 0)));
  return rows
    .map((row) =>
      row.map((cell, i) => (i === 0 ? cell.padEnd(widths[i] ?? 0) : cell.padStart(widths[i] ?? 0))).join('  '),
    )
    .join('\n');
}
