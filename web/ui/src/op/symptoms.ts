// Usual complaints by kind of unit, for the suggestions under the symptom field.
import { language, t, type Key } from '../lib/i18n.svelte';

const families: [RegExp, Key][] = [
  [/стирал|wash/i, 'symptoms.washer'],
  [/посудом|dish/i, 'symptoms.dishwasher'],
  [/холод|мороз|витрин|fridge|freez|refriger/i, 'symptoms.fridge'],
  [/плит|духов|варочн|печь|oven|stove|cook/i, 'symptoms.oven'],
  [/кондиц|сплит|air|climate/i, 'symptoms.climate'],
  [/котёл|котел|бойлер|водонагр|boiler|heater/i, 'symptoms.boiler'],
  [/касс|ккт|фискал|терминал|register|pos/i, 'symptoms.register'],
  [/кофе|coffee/i, 'symptoms.coffee'],
];

/** Up to six complaints that fit the unit and what is already typed. */
export function suggestions(unit: string, typed: string): string[] {
  void language.current;
  const key = families.find(([pattern]) => pattern.test(unit))?.[1] ?? 'symptoms.any';
  const needle = typed.trim().toLowerCase();
  const all = t(key).split(';').map((s) => s.trim());
  if (all.some((s) => s.toLowerCase() === needle)) return [];
  const fit = needle ? all.filter((s) => s.toLowerCase().includes(needle)) : all;
  return fit.slice(0, 6);
}
