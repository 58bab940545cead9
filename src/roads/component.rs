//! The largest strongly connected component, by Tarjan's walk without recursion.

use crate::graph::{Arc, offsets};

/// Which nodes lie in the largest component; of equal ones, the first met.
pub(crate) fn largest(nodes: usize, arcs: &[(u32, Arc)]) -> Vec<bool> {
    let first = offsets(nodes, arcs.iter().map(|(tail, _)| *tail));
    let mut place = first.clone();
    let mut heads = vec![0u32; arcs.len()];
    for (tail, arc) in arcs {
        let at = &mut place[*tail as usize];
        heads[*at as usize] = arc.head;
        *at += 1;
    }
    let component = components(nodes, &first, &heads);
    let mut sizes = vec![0u32; nodes];
    for &c in &component {
        sizes[c as usize] += 1;
    }
    let best = (0..nodes).max_by_key(|&c| (sizes[c], std::cmp::Reverse(c))).unwrap_or(0);
    component.into_iter().map(|c| c as usize == best).collect()
}

/// Component of each node.
fn components(nodes: usize, first: &[u32], heads: &[u32]) -> Vec<u32> {
    const NEVER: u32 = u32::MAX;
    let (mut order, mut low) = (vec![NEVER; nodes], vec![0u32; nodes]);
    let mut component = vec![NEVER; nodes];
    let (mut open, mut path): (Vec<u32>, Vec<(u32, u32)>) = (Vec::new(), Vec::new());
    let (mut met, mut found) = (0, 0);
    for root in 0..nodes as u32 {
        if order[root as usize] != NEVER {
            continue;
        }
        path.push((root, first[root as usize]));
        while let Some(&mut (node, ref mut next)) = path.last_mut() {
            let v = node as usize;
            if order[v] == NEVER {
                (order[v], low[v]) = (met, met);
                met += 1;
                open.push(node);
            }
            if *next < first[v + 1] {
                let w = heads[*next as usize] as usize;
                *next += 1;
                if order[w] == NEVER {
                    path.push((w as u32, first[w]));
                } else if component[w] == NEVER {
                    low[v] = low[v].min(order[w]);
                }
                continue;
            }
            path.pop();
            if let Some(&(above, _)) = path.last() {
                low[above as usize] = low[above as usize].min(low[v]);
            }
            if low[v] == order[v] {
                while let Some(w) = open.pop() {
                    component[w as usize] = found;
                    if w == node {
                        break;
                    }
                }
                found += 1;
            }
        }
    }
    component
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dead_end_of_one_way_is_left_out() {
        let arc = |tail, head| (tail, Arc { head, turned_road: 0 });
        // A ring of three, a way out of it, and a ring of two beyond.
        let arcs = [arc(0, 1), arc(1, 2), arc(2, 0), arc(2, 3), arc(3, 4), arc(4, 3)];
        assert_eq!(largest(5, &arcs), [true, true, true, false, false]);
    }
}
