// Units of length and mass, each as a multiple of its quantity's base unit.
export const QUANTITIES = {
  length: { metre: 1, kilometre: 1000, inch: 0.0254, foot: 0.3048, mile: 1609.344 },
  mass: { kilogram: 1, gram: 0.001, ounce: 0.028349523125, pound: 0.45359237 },
} as const satisfies Record<string, Record<string, number>>;

export type Quantity = keyof typeof QUANTITIES;

export interface Measure {
  unit: string;
  value: number;
}

/** The same amount in all units of the quantity. */
export function inAllUnits(quantity: Quantity, { unit, value }: Measure): Measure[] {
  const units: Record<string, number> = QUANTITIES[quantity];
  const factor = units[unit];
  if (factor === undefined) throw new RangeError(`${unit} is no unit of ${quantity}`);
  return Object.entries(units).map(([other, theirs]) => ({ unit: other, value: (value * factor) / theirs }));
}

/** A number with six significant digits, as people write it. */
export function written(value: number): string {
  return value.toLocaleString("en", { maximumSignificantDigits: 6 });
}
