//! Processor time of a thread of ours, or of another process, in seconds.

/// Ticks of the processor's clock in a second (Linux shows times in these).
const TICKS: f64 = 100.0;

fn spent(stat: &str) -> Option<f64> {
    let after = stat.rsplit_once(')')?.1;
    let fields: Vec<&str> = after.split_whitespace().collect();
    let ticks = |n: usize| fields.get(n).and_then(|it| it.parse::<f64>().ok());
    Some((ticks(11)? + ticks(12)?) / TICKS)
}

/// Of all threads of this process with this name, and no other: the program that measures may be called alike.
pub fn of_thread(name: &str) -> Option<f64> {
    let mut sum = None;
    for task in std::fs::read_dir("/proc/self/task").ok()?.flatten() {
        let stat = std::fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        if stat.split_once('(').and_then(|(_, rest)| rest.rsplit_once(')')).is_some_and(|(it, _)| it == name)
        {
            *sum.get_or_insert(0.0) += spent(&stat)?;
        }
    }
    sum
}

/// Of another process.
pub fn of_process(id: u32) -> Option<f64> {
    spent(&std::fs::read_to_string(format!("/proc/{id}/stat")).ok()?)
}
