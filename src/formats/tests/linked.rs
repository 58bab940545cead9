//! Visits for several masters and chains of visits: read, planned, and told in words.

use formats::{Problem, Report, explained, read};
use solver::{Budget, Engine, JobKey};

const CREW: &str = include_str!("../crew.json");

fn planned(text: &str) -> (Problem, Engine) {
    let problem = read(text, "crew").expect("a day");
    let mut engine = problem.engine(1).expect("keys of their own");
    engine.improve_unpublished(Budget::deep(1000));
    (problem, engine)
}

fn key(problem: &Problem, name: &str) -> JobKey {
    *problem.names.jobs.iter().find(|(_, known)| *known == name).expect("a job of the file").0
}

#[test]
fn two_come_together_and_the_same_master_comes_again() {
    let (problem, engine) = planned(CREW);
    let report = Report::of(&problem, &engine);
    assert_eq!(report.violations, Vec::<String>::new());
    let slot = |name: &str| engine.slot_of(key(&problem, name));
    let (first, second) = (slot("№ 201").expect("planned"), slot("№ 201, мастер 2").expect("planned"));
    assert_eq!(problem.master(first.master), "Орлов");
    assert_eq!(first.start, second.start);
    let again = slot("№ 204").expect("planned");
    assert_eq!(problem.master(again.master), "Орлов, четверг");
    let end = slot("№ 203").expect("planned").start + 3600;
    assert!((end + 960 * 60..=end + 1500 * 60).contains(&again.start));
}

#[test]
fn it_is_told_who_comes_along_and_who_is_missing() {
    let (problem, engine) = planned(CREW);
    let text = explained(&problem, &engine, 9);
    println!("{text}");
    let about = |name: &str| {
        let head = format!("Заявка {name}: ");
        let mut lines = text.lines().skip_while(move |line| !line.starts_with(&head));
        let first = lines.next().unwrap_or_default().to_owned();
        let rest = lines.take_while(|line| line.starts_with("  ")).map(str::to_owned);
        std::iter::once(first).chain(rest).collect::<Vec<_>>().join("\n")
    };
    let second = engine.slot_of(key(&problem, "№ 201, мастер 2")).expect("planned").master;
    assert!(about("№ 201").contains(&format!("Вместе с: {}", problem.master(second))), "{text}");
    assert!(about("№ 204").contains("После заявки: № 203"), "{text}");
    // Three are needed at four o'clock, and one of the three has gone home by then.
    assert!(engine.slot_of(key(&problem, "№ 205")).is_none());
    let left = about("№ 205");
    assert!(left.contains("без мастера") && left.contains("нужен ещё один мастер одновременно"), "{text}");
    assert!(left.contains("Громов") && left.contains("смена"), "{left}");
}

#[test]
fn links_are_refused_by_name() {
    let refused = |from: &str, to: &str| {
        let error = read(&CREW.replace(from, to), "crew").expect_err("a link that cannot be");
        error.to_string()
    };
    assert!(refused("\"job\": \"№ 203\"", "\"job\": \"№ 999\"").contains("№ 999"));
    assert!(refused("\"job\": \"№ 203\"", "\"job\": \"№ 204\"").contains("№ 204"));
    assert!(refused("\"most_minutes\": 1500", "\"most_minutes\": 15").contains("most_minutes"));
    assert!(refused("\"seats\": [ {} ]", "\"seats\": [ {}, {}, {}, {} ]").contains("№ 201"));
}
