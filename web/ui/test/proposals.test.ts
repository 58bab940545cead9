// Proposals on the board: kept apart from visits, the dearest first, arrows from where a visit stands to where it would.
import { describe, expect, it } from 'vitest';
import { History, isTold } from '../src/board/history';
import { BoardModel } from '../src/board/model';
import { way } from '../src/board/planned';
import type { Proposal } from '../src/wire/types';
import { visit } from './rows';

const proposal = (id: string, min: number): Proposal => ({
  id: `proposal_${id}`, rev: 1, made: 0, moves: [], reasons: [],
  saving: { min, travel_min: min, lateness_min: 0, overtime_min: 0, placed: 0, money: '0' },
});

describe('proposals', () => {
  it('come and go with the rows of the topic', () => {
    const model = new BoardModel();
    const rows = new Map<string, unknown>([['visit_a', visit('a')], ['proposal_1', proposal('1', 20)]]);
    model.replace(rows);
    expect([...model.proposals.keys()]).toEqual(['proposal_1']);
    expect(model.visits.size).toBe(1);
    rows.set('proposal_1', proposal('1', 35));
    model.apply(['proposal_1'], (key) => rows.get(key));
    expect(model.proposals.get('proposal_1')?.saving.min).toBe(35);
    model.apply(['proposal_1'], () => undefined);
    expect(model.proposals.size).toBe(0);
  });
  it('are taken back by the server’s own command', () => {
    const history = new History();
    history.did([{ undo: { name: 'proposal.undo', args: { proposal: 'proposal_1' } }, redo: null }]);
    const taken = history.undo()!;
    expect(taken.gesture.every(isTold)).toBe(true);
    taken.done();
    expect(history.redoable).toBe(1);
  });
  it('draw an arrow that leaves a bar up or down and enters the other from its side', () => {
    expect(way({ x: 10, y: 40 }, { x: 100, y: 200 })).toBe('M10 40C10 96 44 200 100 200');
    expect(way({ x: 10, y: 200 }, { x: 100, y: 180 })).toBe('M10 200C10 182 82 180 100 180');
  });
});
