const TOTAL = new Intl.NumberFormat('en-US', { minimumFractionDigits: 2, maximumFractionDigits: 2 });

/** Whole cents, rounded up; what is a thousandth of a cent over is not. */
export function roundUp(cents: number): number {
  // Adding nothing turns the negative zero, which would be shown, into zero.
  return Math.ceil(cents - 0.001) + 0;
}

/** Dollars without their sign, as prices are shown: `12`, `3.50`. */
export function displayPrice(cents: number): string {
  const whole = roundUp(cents);
  return (whole / 100).toFixed(whole % 100 === 0 ? 0 : 2);
}

/** Dollars without their sign, as totals are shown: `1,760.00`. */
export function displayTotal(cents: number): string {
  return TOTAL.format(roundUp(cents) / 100);
}
