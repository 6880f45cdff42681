//! Publishing and sampling a state.

use indexbus::raw::View;
use indexbus::{Error, Sample, init_state_memory, split_state, validate_state_layout};
use indexbus_abi::StateLayout256;
use indexbus_transport_local::HeapMemory;

use crate::input::{Input, allowed};

/// Panics where a law is broken.
pub fn check(data: &[u8]) {
    let memory = HeapMemory::of::<StateLayout256>();
    init_state_memory::<256>(View::of(&memory)).expect("the memory is large enough");
    let cell = || validate_state_layout::<256>(View::of(&memory));
    let Ok((mut publisher, reader)) = cell().map(split_state) else {
        panic!("a fresh state is refused");
    };
    let mut newest: Option<(u64, Vec<u8>)> = None;
    let mut poked = false;
    let mut input = Input::new(data);
    while let Some(call) = input.call() {
        match call % 4 {
            0 => {
                let value = vec![call; usize::from(input.u16()) % 300];
                match publisher.publish(&value) {
                    Ok(sequence) => newest = Some((sequence, value)),
                    Err(error) => allowed(
                        error,
                        poked,
                        |error| matches!(error, Error::TooLarge { max: 256, len } if len == value.len()),
                    ),
                }
            }
            1 => {
                let mut into = vec![0; usize::from(input.u16()) % 300];
                match reader.sample_within(3, &mut into) {
                    Ok(Sample::Unset) => assert!(poked || newest.is_none()),
                    Ok(Sample::Value { len, sequence }) => {
                        let same = newest
                            .as_ref()
                            .is_some_and(|(at, value)| *at == sequence && *value == into[..len]);
                        assert!(poked || same, "not what was published");
                    }
                    Ok(Sample::Unsettled { sequence }) => assert!(poked && sequence % 2 == 1),
                    Err(error) => {
                        let len = newest.as_ref().map(|(_, value)| value.len());
                        allowed(error, poked, |error| {
                            matches!(error, Error::BufferTooSmall { required, .. }
                                if poked || Some(required) == len)
                        });
                    }
                }
            }
            2 => match cell().map(split_state) {
                Ok((heir, _)) => publisher = heir,
                Err(error) => allowed(error, poked, |error| {
                    poked && matches!(error, Error::IncompatibleLayout | Error::NotInitialized)
                }),
            },
            _ => {
                input.poke(&memory, 32);
                poked = true;
            }
        }
    }
}
