//! Looks at where a name leads before anybody connects: into our own network only when the settings allow it.

use domain::hooks::address::Allowed;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use std::{io, net::SocketAddr};

/// The resolver of the postman.
#[derive(Debug, Clone, Copy)]
pub struct Guard(pub Allowed);

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let Self(allowed) = *self;
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let admitted: Vec<SocketAddr> = found.filter(|at| allowed.admits(at.ip())).collect();
            if admitted.is_empty() {
                let detail = format!(
                    "`{}` leads into our own network: expected a machine of the world",
                    name.as_str()
                );
                return Err(io::Error::new(io::ErrorKind::PermissionDenied, detail).into());
            }
            Ok(Box::new(admitted.into_iter()) as Addrs)
        })
    }
}
