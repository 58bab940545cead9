// Links to other programmes as the administrator's screen reads them.
import type { Wire } from '../wire/http';

export type LinkRow = Wire<'Hook'>;
/** Areas whose events leave the house, in the order of a working day. */
export const areas = ['client', 'point', 'unit', 'agreement', 'call', 'callback', 'presence', 'request', 'sla', 'visit', 'assignment', 'proposal', 'master', 'order', 'quote', 'parts', 'payment'] as const;

/** How a link stands, for its chip. */
export function standing(row: LinkRow): { tone: 'good' | 'warn' | 'bad' | ''; key: 'on' | 'trouble' | 'person' | 'failing' | 'gone' } {
  if (row.off) return { tone: row.off === 'person' ? '' : 'bad', key: row.off };
  return row.trouble ? { tone: 'warn', key: 'trouble' } : { tone: 'good', key: 'on' };
}
