// One amount, shown in all units of its quantity.
import { useState } from "react";
import { inAllUnits, QUANTITIES, type Quantity, written } from "./units";

export function Converter({ quantity }: { quantity: Quantity }) {
  const units = Object.keys(QUANTITIES[quantity]);
  const [unit, setUnit] = useState(units[0]!);
  const [value, setValue] = useState(1);

  return (
    <section>
      <h2>{quantity}</h2>
      <input
        type="number"
        aria-label={`amount of ${quantity}`}
        value={value}
        onChange={(event) => setValue(event.target.valueAsNumber || 0)}
      />
      <select aria-label={`unit of ${quantity}`} value={unit} onChange={(event) => setUnit(event.target.value)}>
        {units.map((name) => (
          <option key={name}>{name}</option>
        ))}
      </select>
      <ul>
        {inAllUnits(quantity, { unit, value }).map((measure) => (
          <li key={measure.unit}>
            {written(measure.value)} {measure.unit}
          </li>
        ))}
      </ul>
    </section>
  );
}
