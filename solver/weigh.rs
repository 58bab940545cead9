//! Other weights for a plan that is kept warm.

use crate::delta::Delta;
use crate::engine::Engine;
use crate::params::Params;
use crate::pool::Pool;

impl Engine {
    /// Weighs the plan by these weights from now on, and says which starts that has shifted: a break or a way by the
    /// store may lie better elsewhere. Nobody's order changes: the next search sees to that.
    ///
    /// How ways and hours are counted (`late_departure`, `return_home`, `travel`) and how wide the search looks
    /// (`neighbours`) stay as they were. Tours and prices that were remembered are forgotten, for they were weighed by
    /// the weights of before.
    pub fn weigh(&mut self, params: Params) -> Delta {
        let before = self.state.cost;
        self.state.begin();
        self.departed.clear();
        let state = &mut self.state;
        let known = &state.model.params;
        state.model.params = Params {
            late_departure: known.late_departure,
            return_home: known.return_home,
            neighbours: known.neighbours,
            travel: known.travel,
            ..params
        };
        for m in 0..state.tours.len() as u32 {
            state.touch(m);
            state.reschedule(m);
        }
        state.retime_everything();
        self.pool = Pool::default();
        self.prices = None;
        self.seen.clear();
        self.idle.clear();
        self.version += 1;
        let moves = self.tell();
        Delta { version: self.version, moves, before, after: self.state.cost }
    }
}
