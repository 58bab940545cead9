//! The settings of telephony, checked, in the switchboard's own words.

use crate::{
    app::Extras,
    files,
    settings::{
        Settings,
        sip::{Sip, Tls},
    },
};
use anyhow::{Context, bail, ensure};
use domain::lines::{
    codec::Codec as Named,
    line_book::Lines,
    trunk::{Numbers, Trunk},
};
use rust_decimal::{Decimal, prelude::ToPrimitive as _};
use std::{path::Path, sync::Arc, time::Duration};
use telephony::{
    Apart, BindingFile, BindingKeeper, Codec, NumberForm, PhoneAccount, Tariff, TlsIdentity, TraceLimits,
    TrunkPeer,
};

/// What the switchboard is started with.
///
/// # Errors
/// A file of the certificate cannot be read, registrations cannot be kept, or a trunk contradicts itself; the text
/// names the key.
pub fn switchboard_settings(
    settings: &Settings,
    lines: &Lines,
    extras: &Extras,
) -> anyhow::Result<telephony::Settings> {
    let Sip { listen, public_ip, tcp_port, media_ports, webrtc_port, max_calls, .. } = settings.sip;
    let (trunks, phones) = served(lines, extras)?;
    let folder = files::folder(settings);
    std::fs::create_dir_all(&folder).with_context(|| format!("cannot make `{}`", folder.display()))?;
    let defaults = telephony::Settings::default();
    Ok(telephony::Settings {
        bind_ip: listen.ip(),
        sip_port: listen.port(),
        tcp_port,
        tls: settings.sip.tls.as_ref().map(identity).transpose()?,
        public_ip,
        trunks,
        phones,
        media_ports,
        webrtc_port,
        max_calls,
        codecs: spoken(lines, &codecs(&settings.sip.codecs)?),
        browser_codec: browser_codec(&settings.browser.codec)?,
        bindings: Some(keeper(settings.sip.registrations.as_deref().unwrap_or(&folder.join("phones")))?),
        ledger: Some(folder.join("calls")),
        spending: Some(folder.join("spent")),
        apart: settings.sip.media_process.then(|| apart(settings, extras, &folder)),
        trace: TraceLimits {
            bytes: settings.sip.trace_mib << 20,
            numbers: settings.sip.trace_numbers,
            ..defaults.trace
        },
        ..defaults
    })
}

/// Codecs of lines that name none for themselves: those of the book, or the usual ones where it says nothing.
pub fn spoken(lines: &Lines, usual: &[Codec]) -> Vec<Codec> {
    if lines.codecs.is_empty() { usual.to_vec() } else { named(&lines.codecs) }
}

fn named(codecs: &[Named]) -> Vec<Codec> {
    let of = |codec: &Named| match codec {
        Named::Pcma => Codec::Alaw,
        Named::Pcmu => Codec::Ulaw,
        Named::G722 => Codec::G722,
        Named::Opus => Codec::Opus,
    };
    codecs.iter().map(of).collect()
}

/// Codecs by their names in the settings.
///
/// # Errors
/// A name that is none of ours, one that stands twice, or none at all.
pub fn codecs(names: &[String]) -> anyhow::Result<Vec<Codec>> {
    let mut codecs = Vec::new();
    for name in names {
        let codec = name.parse().context("`sip.codecs` is not understood")?;
        ensure!(!codecs.contains(&codec), "`sip.codecs` names `{name}` twice: expected each codec once");
        codecs.push(codec);
    }
    ensure!(
        !codecs.is_empty(),
        "`sip.codecs` is empty: expected one of `pcma`, `pcmu`, `g722`, `opus` or more"
    );
    Ok(codecs)
}

fn browser_codec(name: &str) -> anyhow::Result<Codec> {
    match name.parse() {
        Ok(codec @ (Codec::Alaw | Codec::Opus)) => Ok(codec),
        _ => bail!("`browser.codec` is `{name}`: expected `pcma` or `opus`"),
    }
}

/// The audio's own process: this program once more, whatever has become of its file meanwhile.
fn apart(settings: &Settings, extras: &Extras, folder: &Path) -> Apart {
    let whose = extras.firm.iter().flat_map(|name| ["--firm".to_owned(), name.clone()]);
    Apart {
        socket: folder.join("media"),
        program: "/proc/self/exe".into(),
        arguments: ["media".to_owned()].into_iter().chain(whose).collect(),
        patience: Duration::from_secs(settings.sip.media_patience_seconds),
    }
}

/// The trunks and the phones of the book, and those of the town beside it.
///
/// # Errors
/// A trunk contradicts itself, a phone has no password, or a name is taken by the town.
pub fn served(lines: &Lines, extras: &Extras) -> anyhow::Result<(Vec<TrunkPeer>, Vec<PhoneAccount>)> {
    let mut trunks = lines.trunks.iter().map(trunk).collect::<anyhow::Result<Vec<_>>>()?;
    let account = |phone: &domain::lines::desk_phone::DeskPhone| {
        let user = phone.user.clone();
        let password = phone.password.clone();
        let password =
            password.with_context(|| format!("the phone `{user}` has no password: expected one"))?;
        phone.check_codecs()?;
        let (secure_audio, codecs) = (phone.secure_audio, named(&phone.codecs));
        Ok(PhoneAccount { name: user.clone(), user, password, secure_audio, codecs })
    };
    let mut phones = lines.phones.iter().map(account).collect::<anyhow::Result<Vec<_>>>()?;
    for of_town in &extras.trunks {
        let name = &of_town.name;
        ensure!(
            trunks.iter().all(|trunk| trunk.name != *name && trunk.group.as_ref() != Some(name)),
            "the trunk `{name}` is taken by the town: expected another name"
        );
    }
    for of_town in &extras.phones {
        let user = &of_town.user;
        ensure!(
            phones.iter().all(|phone| phone.user != *user),
            "the phone `{user}` is taken by the town: expected another name"
        );
    }
    trunks.extend(extras.trunks.iter().cloned());
    phones.extend(extras.phones.iter().cloned());
    Ok((trunks, phones))
}

/// The trunk that calls go out by, or its group; without trunks of our own the town's.
pub fn way_out(lines: &Lines, extras: &Extras) -> Option<String> {
    let configured = lines.way_out().map(str::to_owned);
    configured.or_else(|| extras.trunks.first().map(|trunk| trunk.name.clone()))
}

fn trunk(t: &Trunk) -> anyhow::Result<TrunkPeer> {
    t.check()?;
    let name = &t.name;
    let tariffs = t.tariffs.iter().map(|(prefix, price)| tariff(name, prefix, *price));
    Ok(TrunkPeer {
        tariffs: tariffs.collect::<anyhow::Result<Vec<_>>>()?,
        money_per_day: t
            .money_per_day
            .map(|money| hundredths(name, "money_per_day", money))
            .transpose()?
            .unwrap_or(0),
        name: name.clone(),
        allowed_ips: t.ips.clone(),
        outbound: t.outbound,
        user: t.user.clone(),
        password: t.password.clone(),
        dids: t.dids.clone(),
        group: t.group.clone(),
        priority: t.priority,
        weight: t.weight,
        max_calls: t.max_calls,
        calls_per_second: t.calls_per_second,
        form: match t.numbers {
            Numbers::Plus => NumberForm::Plus,
            Numbers::Digits => NumberForm::Digits,
            Numbers::Eight => NumberForm::Eight,
        },
        registers: t.registers,
        ask_every: Duration::from_secs(t.ask_seconds),
        codecs: named(&t.codecs),
    })
}

fn tariff(trunk: &str, prefix: &str, price: Decimal) -> anyhow::Result<Tariff> {
    Ok(Tariff { prefix: prefix.to_owned(), per_minute: hundredths(trunk, "tariffs", price)? })
}

/// Money as the switchboard counts it.
fn hundredths(trunk: &str, key: &str, money: Decimal) -> anyhow::Result<u64> {
    let whole = (money * Decimal::ONE_HUNDRED).ceil().to_u64();
    whole.with_context(|| {
        format!("trunk `{trunk}`: `{key}` has `{money}`: expected an amount of money, 0 or more")
    })
}

fn identity(tls: &Tls) -> anyhow::Result<TlsIdentity> {
    let read = |key: &str, path: &Path| -> anyhow::Result<Arc<[u8]>> {
        let bytes = std::fs::read(path)
            .with_context(|| format!("`sip.tls.{key}` cannot be read: `{}`", path.display()))?;
        ensure!(
            bytes.windows(11).any(|part| part == b"-----BEGIN "),
            "`sip.tls.{key}` is no PEM: `{}`, expected text with `-----BEGIN`",
            path.display()
        );
        Ok(bytes.into())
    };
    Ok(TlsIdentity {
        port: tls.port,
        chain_pem: read("chain", &tls.chain)?,
        key_pem: read("key", &tls.key)?,
        roots_pem: tls.roots.as_ref().map(|path| read("roots", path)).transpose()?,
    })
}

fn keeper(path: &Path) -> anyhow::Result<BindingKeeper> {
    if let Some(folder) = path.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::create_dir_all(folder).with_context(|| {
            format!("`sip.registrations` has no folder: cannot make `{}`", folder.display())
        })?;
    }
    ensure!(!path.is_dir(), "`sip.registrations` is a folder: `{}`, expected a file", path.display());
    Ok(BindingKeeper(Arc::new(BindingFile(path.to_owned()))))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn settings(text: &str) -> Settings {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("house.toml");
        std::fs::write(&file, text).expect("written");
        Settings::read(Some(&file), std::iter::empty()).expect("valid")
    }

    fn refused(text: &str) -> String {
        let settings = settings(text);
        let told = switchboard_settings(&settings, &settings.lines(), &Extras::default());
        format!("{:#}", told.expect_err("must be refused"))
    }

    #[test]
    fn codecs_are_chosen_by_name_and_a_wrong_name_is_told() {
        let board = |text: &str| {
            let settings = settings(text);
            switchboard_settings(&settings, &settings.lines(), &Extras::default()).expect("valid")
        };
        let usual = board("");
        assert_eq!(usual.codecs, [Codec::Alaw, Codec::Ulaw, Codec::G722]);
        assert_eq!(usual.browser_codec, Codec::Alaw);
        let wide = board("[sip]\ncodecs = [\"g722\", \"opus\", \"pcma\"]\n[browser]\ncodec = \"opus\"\n");
        assert_eq!(wide.codecs, [Codec::G722, Codec::Opus, Codec::Alaw]);
        assert_eq!(wide.browser_codec, Codec::Opus);
        let told = refused("[sip]\ncodecs = [\"pcma\", \"g729\"]\n");
        assert!(
            told.contains("`sip.codecs`") && told.contains("`g729` is not spoken, expected `pcma`"),
            "{told}"
        );
        assert!(refused("[sip]\ncodecs = [\"pcma\", \"PCMA\"]\n").contains("`PCMA` twice"));
        assert!(refused("[sip]\ncodecs = []\n").contains("`sip.codecs` is empty"));
        assert!(refused("[browser]\ncodec = \"g722\"\n").contains("`browser.codec` is `g722`: expected"));
    }

    #[test]
    fn a_whole_provider_is_read() {
        let text = "[sip]\ntcp_port = 5060\ntrace_numbers = true\n[[trunk]]\nname = \"city\"\nuser = \"u\"\n\
            password = \"p\"\ndids = [\"+74950000000\"]\noutbound = \"203.0.113.20:5060\"\nregisters = true\n\
            group = \"out\"\nmoney_per_day = \"3000\"\ntariffs = { 7 = \"1.50\", 375 = \"18\" }\nnumbers = \"eight\"\nask_seconds = 30\nmax_calls = 10\n\
            [[phone]]\nuser = \"101\"\npassword = \"s\"\nsecure_audio = true\n";
        let settings = settings(text);
        let board = switchboard_settings(&settings, &settings.lines(), &Extras::default()).expect("valid");
        assert_eq!(board.tcp_port, Some(5060));
        assert!(board.trace.numbers && board.phones[0].secure_audio);
        let trunk = &board.trunks[0];
        assert!(trunk.registers && trunk.outbound.is_some() && trunk.form == NumberForm::Eight);
        assert_eq!((trunk.money_per_day, trunk.tariffs[1].per_minute), (300_000, 150));
        assert_eq!((trunk.ask_every, trunk.max_calls), (Duration::from_secs(30), 10));
        assert_eq!(way_out(&settings.lines(), &Extras::default()).as_deref(), Some("out"));
    }

    #[test]
    fn what_contradicts_itself_is_refused_by_the_name_of_its_key() {
        let trunk = "[[trunk]]\nname = \"city\"\ndids = []\n";
        assert!(refused(&format!("{trunk}registers = true\n")).contains("`registers` without `outbound`"));
        assert!(
            refused(&format!("{trunk}ips = [\"10.0.0.1\"]\nask_seconds = 5\n")).contains("`ask_seconds`")
        );
        assert!(refused(trunk).contains("can neither call nor be called"));
        let paid = format!("{trunk}outbound = \"10.0.0.1:5060\"\nmoney_per_day = \"100\"\n");
        assert!(refused(&paid).contains("`money_per_day` without `tariffs`"));
        assert!(refused(&format!("{paid}tariffs = {{ \"+7\" = \"1.5\" }}\n")).contains("`tariffs` has `+7`"));
        assert!(refused(&format!("{paid}tariffs = {{ 7 = \"-1\" }}\n")).contains("`tariffs` has `-1`"));
        let out = format!("{trunk}outbound = \"10.0.0.1:5060\"\nregisters = true\n");
        assert!(refused(&out).contains("`registers` without `user`"));
    }

    #[test]
    fn a_certificate_that_cannot_be_read_is_told_by_its_key() {
        let text = "[sip.tls]\nport = 5061\nchain = \"/nowhere/chain.pem\"\nkey = \"/nowhere/key.pem\"\n";
        assert!(refused(text).starts_with("`sip.tls.chain` cannot be read: `/nowhere/chain.pem`"));
        let folder = tempfile::tempdir().expect("a folder");
        let chain = folder.path().join("chain.pem");
        std::fs::write(&chain, "hello").expect("written");
        let text = format!("[sip.tls]\nport = 5061\nchain = {0:?}\nkey = {0:?}\n", chain);
        assert!(refused(&text).contains("`sip.tls.chain` is no PEM"));
    }

    #[test]
    fn registrations_are_kept_where_the_settings_say() {
        let folder = tempfile::tempdir().expect("a folder");
        let file = folder.path().join("kept/phones");
        let text = format!("[sip]\nregistrations = {file:?}\n");
        let settings = settings(&text);
        let board = switchboard_settings(&settings, &settings.lines(), &Extras::default()).expect("valid");
        assert!(board.bindings.is_some() && folder.path().join("kept").is_dir());
        assert!(refused(&format!("[sip]\nregistrations = {:?}\n", folder.path())).contains("is a folder"));
    }
}
