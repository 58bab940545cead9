//! One band of G.722: a predictor and a scale that both ends adapt alike, by nothing but the codes.

/// Base of the logarithm of the scale, in 32 steps.
const POWERS: [i32; 32] = [
    2_048, 2_093, 2_139, 2_186, 2_233, 2_282, 2_332, 2_383, 2_435, 2_489, 2_543, 2_599, 2_656, 2_714, 2_774,
    2_834, 2_896, 2_960, 3_025, 3_091, 3_158, 3_228, 3_298, 3_371, 3_444, 3_520, 3_597, 3_676, 3_756, 3_838,
    3_922, 4_008,
];

/// How a band adapts.
#[derive(Debug)]
pub struct Habit {
    /// What a code stands for, in parts of the scale.
    steps: &'static [i32],
    /// How far a code moves the logarithm of the scale.
    moves: &'static [i32],
    /// The largest logarithm.
    most: i32,
    /// The power of two that stands for logarithm 0.
    shift: i32,
    /// The scale of the beginning.
    first: i32,
}

/// The band below 4 kHz, by the four upper bits of its codes.
pub static LOW: Habit = Habit {
    steps: &[
        0, -20_456, -12_896, -8_968, -6_288, -4_240, -2_584, -1_200, 20_456, 12_896, 8_968, 6_288, 4_240,
        2_584, 1_200, 0,
    ],
    moves: &[-60, 3_042, 1_198, 538, 334, 172, 58, -30, 3_042, 1_198, 538, 334, 172, 58, -30, -60],
    most: 18_432,
    shift: 8,
    first: 32,
};

/// The band above.
pub static HIGH: Habit = Habit {
    steps: &[-7_408, -1_616, 7_408, 1_616],
    moves: &[798, -214, 798, -214],
    most: 22_528,
    shift: 10,
    first: 8,
};

fn limited(value: i32) -> i32 {
    value.clamp(i32::from(i16::MIN), i32::from(i16::MAX))
}

/// The state of a band.
#[derive(Debug)]
pub struct Band {
    habit: &'static Habit,
    estimate: i32,
    zeros: i32,
    /// Reconstructed before, and before that.
    rebuilt: [i32; 2],
    partial: [i32; 2],
    poles: [i32; 2],
    differences: [i32; 6],
    weights: [i32; 6],
    logarithm: i32,
    scale: i32,
}

impl Band {
    /// As both ends begin.
    pub fn new(habit: &'static Habit) -> Self {
        Self {
            habit,
            estimate: 0,
            zeros: 0,
            rebuilt: [0; 2],
            partial: [0; 2],
            poles: [0; 2],
            differences: [0; 6],
            weights: [0; 6],
            logarithm: 0,
            scale: habit.first,
        }
    }

    /// What is expected next.
    pub fn estimate(&self) -> i32 {
        self.estimate
    }

    /// How far a sample is from what was expected.
    pub fn difference(&self, sample: i32) -> i32 {
        limited(sample - self.estimate)
    }

    /// The scale of the steps.
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// The difference that a code stands for at the present scale, in units of a sample of the band.
    pub fn step(&self, code: usize) -> i32 {
        (self.scale * self.habit.steps[code]) >> 15
    }

    /// Takes a code into account.
    pub fn adapt(&mut self, code: usize) {
        let difference = self.step(code);
        self.logarithm = (((self.logarithm * 127) >> 7) + self.habit.moves[code]).clamp(0, self.habit.most);
        let power = POWERS[(self.logarithm >> 6 & 31) as usize];
        let shift = self.habit.shift - (self.logarithm >> 11);
        self.scale = if shift < 0 { power << -shift } else { power >> shift } << 2;
        self.predict(difference);
    }

    fn predict(&mut self, difference: i32) {
        let rebuilt = limited(self.estimate + difference);
        let partial = limited(self.zeros + difference);
        let same = |a: i32, b: i32| (a < 0) == (b < 0);
        let [before, earlier] = self.partial;
        let turned = limited(self.poles[0] << 2);
        let turned = if same(partial, before) { (-turned).min(32_767) } else { turned };
        let towards = if same(partial, earlier) { 128 } else { -128 };
        let second = (turned >> 7) + towards + ((self.poles[1] * 32_512) >> 15);
        let second = second.clamp(-12_288, 12_288);
        let towards = if same(partial, before) { 192 } else { -192 };
        let most = limited(15_360 - second);
        let first = limited(towards + ((self.poles[0] * 32_640) >> 15)).clamp(-most, most);
        let towards = if difference == 0 { 0 } else { 128 };
        for (weight, past) in self.weights.iter_mut().zip(self.differences) {
            let towards = if same(past, difference) { towards } else { -towards };
            *weight = limited(towards + ((*weight * 32_640) >> 15));
        }
        self.differences.copy_within(..5, 1);
        self.differences[0] = difference;
        self.rebuilt = [rebuilt, self.rebuilt[0]];
        self.partial = [partial, before];
        self.poles = [first, second];
        let weighed = |weight: i32, value: i32| (weight * limited(value << 1)) >> 15;
        let poles = limited(weighed(first, self.rebuilt[0]) + weighed(second, self.rebuilt[1]));
        let zeros = self.weights.iter().zip(self.differences).map(|(w, d)| weighed(*w, d)).sum();
        self.zeros = limited(zeros);
        self.estimate = limited(poles + self.zeros);
    }
}
