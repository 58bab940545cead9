// Which screens a role may open from the bar and from the palette.
export type PlaceKey = 'nav.op' | 'nav.calls' | 'nav.board' | 'nav.plan' | 'nav.wall' | 'nav.admin';
export const places: Record<string, [path: string, name: PlaceKey][]> = {
  operator: [['/op', 'nav.op'], ['/wall', 'nav.wall']],
  dispatcher: [['/board', 'nav.board'], ['/plan', 'nav.plan'], ['/wall', 'nav.wall']],
  admin: [['/board', 'nav.board'], ['/calls', 'nav.calls'], ['/wall', 'nav.wall'], ['/admin', 'nav.admin']],
  manager: [['/wall', 'nav.wall'], ['/calls', 'nav.calls'], ['/board', 'nav.board'], ['/plan', 'nav.plan'], ['/admin', 'nav.admin']],
};
