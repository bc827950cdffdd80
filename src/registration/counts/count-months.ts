/** A calendar month, UTC. */
export interface Month {
  /** `2026_11` */
  readonly name: string;
  /** Its first instant. */
  readonly from: Date;
  /** The first instant of the next one. */
  readonly to: Date;
}

/** The month that lies so many months after that of an instant; before it, if negative. */
export function monthAfter(instant: Date, months: number): Month {
  const from = new Date(Date.UTC(instant.getUTCFullYear(), instant.getUTCMonth() + months, 1));
  const to = new Date(Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1, 1));
  return { name: from.toISOString().slice(0, 7).replace('-', '_'), from, to };
}

/** The month that a partition's name ends with; undefined where it ends with none. */
export function monthOfPartition(name: string): Month | undefined {
  const [, year, month] = /_(\d{4})_(\d{2})$/.exec(name) ?? [];
  return year && month ? monthAfter(new Date(Date.UTC(Number(year), Number(month) - 1, 1)), 0) : undefined;
}
