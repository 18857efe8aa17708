//! Work on many things at the same time, whose results come in the order of the things.

use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::thread;

use crate::error::{Error, ErrorKind, Result};

/// An input, and where its result goes.
type Job<T, R> = (T, Sender<Result<R>>);

/// Hands each input to one of several threads, and the results, in the inputs' order, to `each` on this thread.
///
/// Only a few are under way at any time, so memory stays bounded whatever there is to do. Ends at the first failure.
pub fn in_order<T: Send, R: Send>(
    threads: usize,
    inputs: impl Iterator<Item = Result<T>>,
    work: impl Fn(T) -> Result<R> + Sync,
    mut each: impl FnMut(R) -> Result<()>,
) -> Result<()> {
    let (jobs, queue) = channel::<Job<T, R>>();
    let queue = Mutex::new(queue);
    thread::scope(|scope| {
        // Moved in, so that the threads end as soon as this closure does.
        let jobs = jobs;
        for _ in 0..threads {
            scope.spawn(|| serve(&queue, &work));
        }
        let mut under_way: VecDeque<Receiver<Result<R>>> = VecDeque::new();
        for input in inputs {
            if under_way.len() > threads {
                each(next(&mut under_way)?)?;
            }
            let (answer, result) = channel();
            let _ = jobs.send((input?, answer));
            under_way.push_back(result);
        }
        while !under_way.is_empty() {
            each(next(&mut under_way)?)?;
        }
        Ok(())
    })
}

fn serve<T, R>(queue: &Mutex<Receiver<Job<T, R>>>, work: &impl Fn(T) -> Result<R>) {
    loop {
        let job = queue.lock().map(|queue| queue.recv());
        let Ok(Ok((input, answer))) = job else { return };
        // Nobody waits for it any more when another one has failed.
        let _ = answer.send(work(input));
    }
}

fn next<R>(under_way: &mut VecDeque<Receiver<Result<R>>>) -> Result<R> {
    let lost = || Error::new(ErrorKind::Host, "a thread has ended before its work was done");
    under_way.pop_front().ok_or_else(lost)?.recv().map_err(|_| lost())?
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Takes longer for some numbers than for others.
    fn slowly(number: u64) -> u64 {
        for _ in 0..number % 7 {
            thread::yield_now();
        }
        number
    }

    #[test]
    fn results_come_in_the_order_of_the_inputs() {
        let mut results = Vec::new();
        let inputs = (0..1_000).map(Ok);
        in_order(
            3,
            inputs,
            |number: u64| Ok(slowly(number)),
            |number| {
                results.push(number);
                Ok(())
            },
        )
        .unwrap();
        assert_eq!(results, (0..1_000).collect::<Vec<_>>());
    }

    #[test]
    fn the_first_failure_ends_it() {
        let failed = |what: &str| Error::new(ErrorKind::Host, what);
        let work = |number: u32| if number == 5 { Err(failed("work")) } else { Ok(number) };
        let run = |inputs: Vec<Result<u32>>, limit: u32| {
            let each = |number: u32| if number == limit { Err(failed("each")) } else { Ok(()) };
            in_order(2, inputs.into_iter(), work, each).unwrap_err().summary().to_owned()
        };
        assert_eq!(run((0..100).map(Ok).collect(), 99), "work");
        assert_eq!(run((0..100).map(Ok).collect(), 3), "each");
        assert_eq!(run(vec![Ok(1), Err(failed("input")), Ok(2)], 99), "input");
    }
}
