//! Our certificate.

use std::sync::Arc;

use tokio_rustls::TlsAcceptor;
use tokio_rustls::rustls::ServerConfig;
use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::settings::TlsIdentity;

/// Takes connections under this identity: TLS 1.2 and 1.3, the peer shows no certificate.
pub fn acceptor(identity: &TlsIdentity) -> std::io::Result<TlsAcceptor> {
    let chain = CertificateDer::pem_slice_iter(&identity.chain_pem).collect::<Result<Vec<_>, _>>();
    let chain = chain.map_err(std::io::Error::other)?;
    let key = PrivateKeyDer::from_pem_slice(&identity.key_pem).map_err(std::io::Error::other)?;
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .and_then(|builder| builder.with_no_client_auth().with_single_cert(chain, key))
        .map_err(std::io::Error::other)?;
    Ok(TlsAcceptor::from(Arc::new(config)))
}
