//! Whole tours out of a mix of parts: a dive through the linear program over remembered tours, turned aside at each of
//! its steps in turn.
//!
//! A branch and bound proves; this only looks for a better plan, warm from one program to the next, and its work is
//! counted in pivots, so that a run can be repeated. After limited discrepancy search (Harvey and Ginsberg, 1995).

use highs::{Col, HighsModelStatus, Model, RowProblem, Sense};

/// Parts of tours from here on are taken for whole at one go; two that share a job cannot both reach it.
const NEARLY_WHOLE: f64 = 0.65;
/// Below this a part is nothing, and above one less this it is whole.
const TINY: f64 = 1e-6;

/// A tour that may be taken.
pub(crate) struct Choice {
    /// Rows of its jobs.
    pub jobs: Vec<u32>,
    /// The group of its master.
    pub group: u32,
    pub cost: f64,
}

/// What tours there are, what each job costs undone, and how many tours each group has.
pub(crate) struct Offer {
    pub choices: Vec<Choice>,
    pub undone: Vec<f64>,
    /// Least and most tours by group.
    pub groups: Vec<(f64, f64)>,
}

/// A program that stays warm while tours are taken and barred.
struct Dive {
    model: Option<Model>,
    columns: Vec<Col>,
    /// How many of the columns are tours; the others leave a job undone.
    tours: usize,
    pivots: i64,
    bar: f64,
    best: Option<Vec<usize>>,
}

/// Looks for tours that together cost less than `bar`; gives their numbers. Ends after so many pivots, when `enough`
/// says so, or when all that can be turned aside was.
pub(crate) fn dive(
    offer: &Offer,
    bar: f64,
    pivots: i64,
    enough: &mut dyn FnMut() -> bool,
) -> Option<Vec<usize>> {
    let mut dive = Dive::new(offer, bar, pivots)?;
    let mut path = dive.down(&[], None, enough);
    let mut k = 0;
    while k < path.len() && dive.pivots > 0 && !enough() {
        let before = dive.bar;
        let other = dive.down(&path[..k], Some(path[k]), enough);
        k += 1;
        if dive.bar < before {
            path = [&path[..k - 1], &other].concat();
            k = 0;
        }
    }
    dive.best
}

impl Dive {
    fn new(offer: &Offer, bar: f64, pivots: i64) -> Option<Self> {
        let mut problem = RowProblem::new();
        let mut columns: Vec<Col> = offer.choices.iter().map(|c| problem.add_column(c.cost, 0.0..)).collect();
        let tours = columns.len();
        columns.extend(offer.undone.iter().map(|&cost| problem.add_column(cost, 0.0..)));
        let mut jobs: Vec<Vec<(Col, f64)>> =
            (0..offer.undone.len()).map(|j| vec![(columns[tours + j], 1.0)]).collect();
        let mut groups: Vec<Vec<(Col, f64)>> = vec![Vec::new(); offer.groups.len()];
        for (choice, &column) in offer.choices.iter().zip(&columns) {
            groups[choice.group as usize].push((column, 1.0));
            choice.jobs.iter().for_each(|&j| jobs[j as usize].push((column, 1.0)));
        }
        jobs.into_iter().for_each(|row| problem.add_row(1.0..=1.0, row));
        for (row, &(least, most)) in groups.into_iter().zip(&offer.groups).filter(|(row, _)| !row.is_empty())
        {
            problem.add_row(least..=most, row);
        }
        let mut model = problem.try_optimise(Sense::Minimise).ok()?;
        model.make_quiet();
        model.try_set_option("threads", 1).ok()?;
        model.try_set_option("parallel", "off").ok()?;
        model.try_set_option("presolve", "off").ok()?;
        model.try_set_option("solver", "simplex").ok()?;
        Some(Self { model: Some(model), columns, tours, pivots, bar, best: None })
    }

    /// Takes some tours and bars another, then takes what the program wants most until all is whole or too dear; gives
    /// what it took by itself, in order.
    fn down(
        &mut self,
        taken: &[usize],
        barred: Option<usize>,
        enough: &mut dyn FnMut() -> bool,
    ) -> Vec<usize> {
        taken.iter().for_each(|&k| self.bound(k, 1.0, 1.0));
        barred.into_iter().for_each(|k| self.bound(k, 0.0, 0.0));
        let mut path = Vec::new();
        while self.pivots > 0 && !enough() {
            let Some((value, parts)) = self.solve().filter(|(value, _)| *value < self.bar - 0.9) else {
                break;
            };
            let mut open: Vec<usize> =
                (0..self.tours).filter(|&k| parts[k] > TINY && parts[k] < 1.0 - TINY).collect();
            if open.is_empty() {
                self.bar = value;
                self.best = Some((0..self.tours).filter(|&k| parts[k] > 0.5).collect());
                break;
            }
            open.sort_by(|&a, &b| parts[b].total_cmp(&parts[a]).then(a.cmp(&b)));
            let many = open.iter().take_while(|&&k| parts[k] >= NEARLY_WHOLE).count().max(1);
            for &k in &open[..many] {
                self.bound(k, 1.0, 1.0);
                path.push(k);
            }
        }
        taken.iter().chain(&path).chain(&barred).for_each(|&k| self.bound(k, 0.0, f64::INFINITY));
        path
    }

    fn bound(&mut self, k: usize, least: f64, most: f64) {
        if let Some(model) = &mut self.model {
            model.change_column_bounds(self.columns[k], least..=most);
        }
    }

    /// The value of the program and the part of each column; nothing when there is none.
    fn solve(&mut self) -> Option<(f64, Vec<f64>)> {
        let solved = self.model.take()?.try_solve().ok()?;
        self.pivots -= solved.simplex_iteration_count().max(1);
        let answer = (solved.status() == HighsModelStatus::Optimal)
            .then(|| (solved.objective_value(), solved.get_solution().columns().to_vec()));
        self.model = Some(solved.into());
        answer
    }
}
