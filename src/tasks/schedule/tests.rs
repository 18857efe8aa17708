use proptest::prelude::*;

use super::super::graph::tests::declared;
use super::*;

const LIMITS: usize = 2;

/// Runs to the end, each task as long as its name says, and tells what started when: `a b | c`. Tasks whose names begin
/// with `!` fail.
fn course(declaration: &Declaration, parallel: usize) -> String {
    let graph = Graph::of(declaration).unwrap();
    let limits = Limits::of(&Declaration { max_parallel: Some(parallel), ..declaration.clone() }, LIMITS);
    let wanted = vec![true; declaration.tasks.len()];
    let time = |task: &Task| Some(Duration::from_secs(task.name.len() as u64));
    let mut schedule = Schedule::new(declaration, &graph, &limits, &wanted, time);
    let mut rounds = Vec::new();
    loop {
        let started = schedule.start();
        let names: Vec<&str> = started.iter().map(|task| declaration.tasks[*task].name.as_str()).collect();
        rounds.push(names.join(" "));
        let Some(&first) = schedule.running().first() else { break };
        let fails = declaration.tasks[first].name.starts_with('!');
        schedule.finished(first, if fails { Ending::Failed } else { Ending::Done });
    }
    rounds.retain(|round| !round.is_empty());
    rounds.join(" | ")
}

fn check(text: &str, expected: &str) {
    assert_eq!(course(&declared(text), 2), expected);
}

#[test]
fn the_longest_way_comes_first() {
    check("short:; first:; last: first; alone:", "first short | alone | last");
}

#[test]
fn a_phase_waits_for_the_one_before() {
    check("a:; b:; --; c:; --; d: a", "a b | c | d");
    check("--; a:", "a");
}

#[test]
fn a_failure_stops_all_that_has_not_started() {
    check("!fails:; bb:; c:", "!fails bb");
}

#[test]
fn a_failure_that_may_be_ignored_stops_only_what_needs_it() {
    let mut declaration = declared("!fails:; a: !fails; b: a; --; c:; d: b");
    declaration.tasks[0].on_failure = OnFailure::Continue;
    assert_eq!(course(&declaration, 2), "!fails | c");
}

#[test]
fn two_that_use_the_processor_do_not_fight() {
    let mut declaration = declared("aaa:; bb:; c:");
    declaration.resources.insert("cpu".into(), 1);
    for task in &mut declaration.tasks[..2] {
        task.uses.insert("cpu".into(), 7);
    }
    assert_eq!(course(&declaration, 2), "aaa c | bb");
}

#[test]
fn a_phase_may_be_narrower_than_the_run() {
    let mut declaration = declared("a:; b:; --; c:; d:");
    declaration.phases[1].max_parallel = Some(1);
    assert_eq!(course(&declaration, 2), "a b | c | d");
}

#[test]
fn whatever_is_blocked_says_by_whom() {
    let declaration = declared("a:; b: a; c: b");
    let graph = Graph::of(&declaration).unwrap();
    let limits = Limits::of(&declaration, LIMITS);
    let mut schedule = Schedule::new(&declaration, &graph, &limits, &[true; 3], |_| None);
    assert_eq!(schedule.start(), [0]);
    schedule.finished(0, Ending::Failed);
    assert_eq!([schedule.state(1), schedule.state(2)], [State::Blocked(0); 2]);
    assert_eq!(schedule.stopped_by(), Some(0));
}

/// Tasks in three phases, with needs that lead backwards, some of which fail.
fn declarations() -> impl Strategy<Value = (Declaration, Vec<bool>, usize)> {
    let task = (prop::collection::vec(any::<prop::sample::Index>(), 0..3), 0_u32..3, any::<bool>());
    (prop::collection::vec(task, 1..25), prop::collection::vec(0..5_u8, 25), 1..4_usize).prop_map(
        |(tasks, fails, parallel)| {
            let mut declaration = declared("--; --");
            let count = tasks.len();
            for (number, (needs, cpu, goes_on)) in tasks.into_iter().enumerate() {
                let mut task = Task::new(number.to_string(), number * 3 / count, vec!["true".to_owned()]);
                if number > 0 {
                    task.needs = needs.iter().map(|need| need.index(number).to_string()).collect();
                }
                task.uses.insert("cpu".into(), cpu);
                task.on_failure = if goes_on { OnFailure::Continue } else { OnFailure::Stop };
                declaration.tasks.push(task);
            }
            (declaration, fails.into_iter().map(|dice| dice == 0).collect(), parallel)
        },
    )
}

proptest! {
    #[test]
    fn no_limit_is_broken_and_nothing_starts_too_early((declaration, fails, parallel) in declarations()) {
        let graph = Graph::of(&declaration).unwrap();
        let limits = Limits::of(&Declaration { max_parallel: Some(parallel), ..declaration.clone() }, LIMITS);
        let wanted = vec![true; declaration.tasks.len()];
        let mut schedule = Schedule::new(&declaration, &graph, &limits, &wanted, |_| None);
        let mut rounds = 0;
        loop {
            for task in schedule.start() {
                for &need in &graph.needs[task] {
                    prop_assert_eq!(schedule.state(need), State::Ended(Ending::Done));
                }
                for (other, declared) in declaration.tasks.iter().enumerate() {
                    if declared.phase < declaration.tasks[task].phase {
                        let is_over = matches!(schedule.state(other), State::Ended(_) | State::Blocked(_));
                        prop_assert!(is_over);
                    }
                }
            }
            prop_assert!(schedule.running().len() <= parallel);
            let tasks = schedule.running().iter().map(|task| &declaration.tasks[*task]);
            let cpu: u32 = tasks.map(|task| task.uses["cpu"].min(2)).sum();
            prop_assert!(cpu <= 2);
            let Some(&last) = schedule.running().last() else { break };
            schedule.finished(last, if fails[last] { Ending::Failed } else { Ending::Done });
            rounds += 1;
            prop_assert!(rounds <= declaration.tasks.len());
        }
        if schedule.stopped_by().is_none() {
            for task in 0..declaration.tasks.len() {
                prop_assert!(matches!(schedule.state(task), State::Ended(_) | State::Blocked(_)));
            }
        }
    }
}
