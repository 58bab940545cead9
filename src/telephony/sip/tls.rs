//! Our certificate, and those of others where we are the one who connects.

use std::sync::Arc;

use tokio_rustls::rustls::crypto::aws_lc_rs::default_provider;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::rustls::{ClientConfig, RootCertStore, ServerConfig};
use tokio_rustls::{TlsAcceptor, TlsConnector};

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

/// Connects to those whose certificate comes from an authority we trust; we show none of our own.
pub fn connector(identity: &TlsIdentity) -> std::io::Result<TlsConnector> {
    let mut roots = RootCertStore::empty();
    match &identity.roots_pem {
        Some(pem) => {
            for root in CertificateDer::pem_slice_iter(pem) {
                roots.add(root.map_err(std::io::Error::other)?).map_err(std::io::Error::other)?;
            }
        }
        None => {
            // what of the machine's own cannot be read is trusted by nobody
            roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        }
    }
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(std::io::Error::other)?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(TlsConnector::from(Arc::new(config)))
}
