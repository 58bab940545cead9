// What a visit's checklist still lacks, by the row with the queue laid over it.
import type { Visit } from '../wire/types';

/** Items that must be there and are not; the server counts the same way. */
export function lacks(v: Visit): string[] {
  return (v.checklist ?? [])
    .filter((item) => item.must)
    .filter((item) => (item.kind === 'photo' ? !v.proof?.photos.some((p) => p.about === item.code) : !(item.code in (v.proof?.checks ?? {}))))
    .map((item) => item.code);
}
