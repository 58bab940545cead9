// Every word of the domain that reaches a screen has a name in both dictionaries: read from the Rust sources themselves.
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import callsEn from '../src/locales/calls/calls.en.json';
import callsRu from '../src/locales/calls/calls.ru.json';
import enCore from '../src/locales/en.json';
import enOffice from '../src/locales/office/office-en.json';
import planEn from '../src/locales/plan/plan.en.json';
import planRu from '../src/locales/plan/plan.ru.json';
import ruOffice from '../src/locales/office/office-ru.json';
import ruCore from '../src/locales/ru.json';

const ru = { ...ruCore, ...ruOffice, ...callsRu, ...planRu };
const en = { ...enCore, ...enOffice, ...callsEn, ...planEn };
const source = (path: string) => readFileSync(new URL(`../../../src/domain/${path}`, import.meta.url), 'utf8');
const snake = (name: string) => name.replace(/(?<!^)([A-Z])/g, '_$1').toLowerCase();
/** Names of an enum's variants as they are on the wire. */
function variants(path: string, name: string): string[] {
  const body = new RegExp(`pub enum ${name} \\{([\\s\\S]*?)\\n\\}`).exec(source(path))?.[1];
  if (!body) throw new Error(`no enum \`${name}\` in \`${path}\``);
  return [...body.matchAll(/^ {4}([A-Z]\w*)/gm)].map((m) => snake(m[1]!));
}
/** Names of events that a file tells. */
const events = (path: string, area: string) => [...new Set([...source(path).matchAll(/=> "([a-z]+\.[a-z_]+)"/g)].map((m) => m[1]!))].filter((name) => name.startsWith(`${area}.`));

/** Rules of the check of settings, and what puts them right. */
const rules = [...new Set([...source('checkup.rs').matchAll(/"([a-z]+(?:-[a-z]+)+)"/g)].map((m) => m[1]!))];

const shown: [group: string, words: string[]][] = [
  ['callevent', [...events('calls/call_event.rs', 'call'), ...events('calls/outside.rs', 'call'), ...events('calls/recording.rs', 'call')].map((name) => name.replace('call.', ''))],
  ['state', variants('visits/visit.rs', 'VisitState')],
  ['finding', rules.flatMap((rule) => [rule, `${rule}.fix`])],
  ['outcome', variants('visits/visit.rs', 'Outcome')],
  ['reqstate', variants('requests/request.rs', 'RequestState')],
  ['kind', variants('requests/request.rs', 'RequestSort')],
  ['priority', variants('requests/request.rs', 'Priority')],
  ['hold', variants('requests/request.rs', 'HoldReason')],
  ['phase', variants('requests/order.rs', 'Phase')],
  ['coverage', variants('requests/order.rs', 'Payer')],
  ['slastate', variants('requests/sla.rs', 'ClockState')],
  ['mstate', variants('workforce/master.rs', 'Duty')],
  ['callstate', variants('calls/call.rs', 'CallState')],
  ['opstate', variants('calls/operator.rs', 'Presence')],
  ['cbstate', variants('calls/callback.rs', 'CallbackState')],
  ['importfield', variants('imports/columns.rs', 'Field')],
  ['importwhat', variants('imports/columns.rs', 'What')],
  ['importexpected', variants('imports/cells.rs', 'Expected')],
  // Withdrawn ones are shown nowhere.
  ['plan.state', variants('upkeep/occurrence.rs', 'OccurrenceState').filter((state) => state !== 'withdrawn')],
  ['tender', variants('billing/payment.rs', 'Tender')],
  ['event', [...events('visits/visit.rs', 'visit'), ...events('visits/visit.rs', 'assignment')]],
];

describe('the words of the domain', () => {
  for (const [group, words] of shown) {
    it(`have a name each: ${group}`, () => {
      expect(words.length).toBeGreaterThan(1);
      for (const book of [ru, en] as Record<string, string>[]) expect(words.filter((w) => !book[`${group}.${w}`])).toEqual([]);
    });
  }
});
