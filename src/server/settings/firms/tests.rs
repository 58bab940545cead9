//! Firms as an administrator writes them down, and every way to do it wrong.

use super::*;
use std::fs;

/// A place to write settings in.
struct Desk {
    folder: tempfile::TempDir,
    common: String,
}

/// The sockets of the firm of this number.
fn sip(number: u16) -> String {
    format!(
        "[sip]\nlisten = \"127.0.0.1:{}\"\nwebrtc_port = {}\nmedia_ports = [{}, {}]\n",
        5060 + number,
        3478 + number,
        20_000 + 1_000 * number,
        20_998 + 1_000 * number
    )
}

fn firm(host: &str, number: u16) -> String {
    format!("[firm]\nhosts = [\"{host}\"]\n{}", sip(number))
}

impl Desk {
    fn new() -> Self {
        let folder = tempfile::tempdir().expect("a folder");
        fs::create_dir(folder.path().join("firms")).expect("made");
        Self { folder, common: String::new() }
    }
    /// Two firms without fault.
    fn two() -> Self {
        Self::new().with("north", &firm("north.example.com", 0)).with("south", &firm("south.example.com", 1))
    }
    fn with(self, name: &str, text: &str) -> Self {
        fs::write(self.folder.path().join(format!("firms/{name}.toml")), text).expect("written");
        self
    }
    fn common(mut self, text: &str) -> Self {
        self.common.push_str(text);
        self
    }
    fn read(&self) -> anyhow::Result<Configuration> {
        let file = self.folder.path().join("callout.toml");
        let folder = self.folder.path().join("firms");
        fs::write(&file, format!("[firms]\nfolder = {folder:?}\n{}", self.common)).expect("written");
        Configuration::read(Some(&file), std::iter::empty())
    }
    fn several(&self) -> Several {
        match self.read().expect("valid") {
            Configuration::Several(several) => several,
            Configuration::One(_) => panic!("one firm"),
        }
    }
    /// What is said of them; names every one of `parts`.
    fn refused(&self, parts: &[&str]) {
        let said = format!("{:#}", self.read().expect_err("must be refused"));
        for part in parts {
            assert!(said.contains(part), "`{part}` in: {said}");
        }
    }
}

#[test]
fn without_a_folder_the_settings_are_those_of_one_firm() {
    let read = Configuration::read(None, std::iter::empty()).expect("valid");
    let one = Settings::read(None, std::iter::empty()).expect("valid");
    assert_eq!(read, Configuration::One(Box::new(one.clone())));
    assert_eq!(read.clone().one(None).expect("the one"), one);
    let said = read.one(Some("north")).expect_err("there is none").to_string();
    assert!(said.contains("`--firm north`") && said.contains("no firms are set up"), "{said}");
}

#[test]
fn a_firm_has_what_is_common_and_what_it_says_and_a_place_of_its_own() {
    let south = format!(
        "{}max_calls = 7\n[calls]\nring_seconds = 9\n[store]\nfiles = \"/photographs\"\n[[queue]]\nname = \"all\"\n",
        firm("South.Example.com", 1).replace("]\n[sip]", "]\ndata = \"/var/south\"\n[sip]")
    );
    let common = "[calls]\nring_seconds = 20\nrecordings = \"data/recordings\"\n[sip]\nregistrations = \"all/phones\"\n";
    let several = Desk::two().with("south", &south).common(common).several();
    let [north, south] = &several.firms[..] else { panic!("two firms") };
    assert_eq!((north.name.as_str(), south.name.as_str()), ("north", "south"));
    assert_eq!(south.hosts, ["south.example.com"]);
    assert_eq!((north.settings.calls.ring_seconds, south.settings.calls.ring_seconds), (20, 9));
    assert_eq!((north.settings.sip.max_calls, south.settings.sip.max_calls), (500, 7));
    assert_eq!((north.settings.queue.len(), south.settings.queue.len()), (0, 1));
    assert_eq!(north.settings.store.url, "surrealkv://data/north/store?sync=every");
    assert_eq!(south.settings.store.url, "surrealkv:///var/south/store?sync=every");
    assert_eq!(north.settings.store.files.as_deref(), Some(Path::new("data/north/files")));
    assert_eq!(south.settings.store.files.as_deref(), Some(Path::new("/photographs")));
    assert_eq!(south.settings.calls.recordings.as_deref(), Some(Path::new("/var/south/recordings")));
    assert_eq!(north.settings.sip.registrations, None, "nobody writes into the file of all");
    assert_eq!(north.address(several.listen), "http://north.example.com:8080");
    assert!(south.shown().contains("127.0.0.1:5061") && south.shown().contains("7 calls at once"));
}

#[test]
fn on_a_server_of_databases_each_has_one_of_its_own() {
    for (common, ours) in [
        ("ws://root:pass@db:8000", "ws://root:pass@db:8000/callout/north"),
        ("wss://db:8000/trade/callout", "wss://db:8000/trade/north"),
        ("mem://", "mem://"),
    ] {
        let several = Desk::two().common(&format!("[store]\nurl = \"{common}\"\n")).several();
        assert_eq!(several.firms[0].settings.store.url, ours);
    }
    let same = "[store]\nurl = \"ws://root:other@db:8000/a/b\"\n";
    let two = Desk::two()
        .with("north", &format!("{}{}", firm("north.example.com", 0), same.replace("other", "pass")))
        .with("south", &format!("{}{same}", firm("south.example.com", 1)));
    two.refused(&["`north` and `south`", "the database `ws://db:8000/a/b`", "`store.url`"]);
}

#[test]
fn a_store_is_opened_for_the_firm_that_is_named() {
    let read = Desk::two().read().expect("valid");
    let said = read.clone().one(None).expect_err("none was named").to_string();
    assert!(said.contains("`--firm NAME`") && said.contains("`north`, `south`"), "{said}");
    let said = read.clone().one(Some("east")).expect_err("nobody").to_string();
    assert!(said.contains("no firm `east`") && said.contains("`north`, `south`"), "{said}");
    assert!(read.one(Some("south")).expect("there").store.url.contains("data/south/store"));
}

#[test]
fn two_firms_with_one_thing_are_refused_and_both_are_named() {
    let both = "`north` and `south`";
    Desk::two().with("south", &firm("NORTH.example.com", 1)).refused(&[both, "host `north.example.com`"]);
    let same = firm("south.example.com", 1).replace("]\n[sip]", "]\ndata = \"data/x/../north\"\n[sip]");
    Desk::two().with("south", &same).refused(&[both, "data/north`", "`firm.data`"]);
    let inside = firm("south.example.com", 1).replace("]\n[sip]", "]\ndata = \"data/north/south\"\n[sip]");
    Desk::two().with("south", &inside).refused(&[both, "one inside the other", "data/north/south`"]);
    let tapes = format!("{}[calls]\nrecordings = \"data/north/files\"\n", firm("south.example.com", 1));
    Desk::two().with("south", &tapes).refused(&[both, "`calls.recordings`", "data/north/files`"]);
    let sip = firm("south.example.com", 1).replace(":5061", ":5060");
    Desk::two().with("south", &sip).refused(&[both, "`sip.listen` (udp `127.0.0.1:5060`)"]);
    let anywhere = firm("south.example.com", 1).replace("127.0.0.1:5061", "0.0.0.0:5060");
    Desk::two().with("south", &anywhere).refused(&[both, "`0.0.0.0:5060`", "`127.0.0.1:5060`"]);
    let audio = firm("south.example.com", 1).replace("[21000,", "[20900,");
    Desk::two().with("south", &audio).refused(&[both, "`sip.media_ports`", "`127.0.0.1:20900` to `21998`"]);
    let browsers = firm("south.example.com", 1).replace("= 3479", "= 20100");
    Desk::two().with("south", &browsers).refused(&[both, "`sip.webrtc_port`", "`sip.media_ports`"]);
    let said = "[firm]\nhosts = [\"a.example.com\"]\n";
    let inherited = Desk::new().with("north", said).with("south", &said.replace("a.", "b."));
    inherited.refused(&[both, "`sip.listen`"]);
}

#[test]
fn the_same_ports_at_another_address_and_any_free_ports_are_apart() {
    let elsewhere = firm("south.example.com", 0).replace("127.0.0.1", "127.0.0.2");
    assert_eq!(Desk::two().with("south", &elsewhere).several().firms.len(), 2);
    let free = "[sip]\nlisten = \"127.0.0.1:0\"\nwebrtc_port = 0\nmedia_ports = [0, 0]\n";
    let two = Desk::new()
        .with("a", "[firm]\nhosts = [\"a.example.com\"]\n")
        .with("b", "[firm]\nhosts = [\"b.example.com\", \"[::1]\", \"xn--80ak6aa92e.xn--p1ai\"]\n");
    assert_eq!(two.common(free).several().firms[1].hosts.len(), 3);
}

#[test]
fn the_door_is_nobodys_port() {
    let tcp = firm("south.example.com", 1) + "tcp_port = 8080\n";
    Desk::two().with("south", &tcp).refused(&[
        "firm `south`",
        "`sip.tcp_port` (tcp `127.0.0.1:8080`)",
        "`http.listen`",
    ]);
}

#[test]
fn a_file_that_says_something_strange_is_refused_by_its_name() {
    let south = firm("south.example.com", 1);
    let refused = |text: &str, parts: &[&str]| {
        Desk::two().with("south", text).refused(&[&["firms/south.toml"], parts].concat());
    };
    refused(&format!("{south}max_cals = 7\n"), &["unknown key `max_cals`", "`max_calls`"]);
    refused(&south.replace("hosts", "host"), &["unknown key `host`", "`hosts`"]);
    refused(&south.replace("[firm]", "[form]"), &["`[firm]` is missing"]);
    refused(&format!("{south}[http]\nlisten = \"127.0.0.1:1\"\n"), &["`[http]`", "one for all"]);
    refused(&format!("{south}[firms]\nfolder = \"more\"\n"), &["`[firms]`"]);
    refused(&format!("{south}[[trunk]]\nname = \"city\"\ndids = []\n"), &["can neither call nor be called"]);
    refused(&format!("{south}[[queue]]\nname = \"a\"\nreception = {{ menu = \"x\" }}\n"), &["`x`"]);
    refused("[firm", &["is not TOML"]);
    refused(&firm("", 1), &["`` is no host"]);
    for host in ["south.example.com:80", "http://south", "юг.рф", "a..b", "-a.b", "[::x]", "a b"] {
        refused(&firm(host, 1), &[&format!("`{host}` is no host"), "without a port"]);
    }
    refused(&south.replace("[\"south.example.com\"]", "[]"), &["`firm.hosts` is empty"]);
    let twice = south.replace("[\"south.example.com\"]", "[\"a.b\", \"A.b\"]");
    Desk::two().with("south", &twice).refused(&["firm `south`", "`a.b` twice"]);
    for name in ["South", "юг", "-south", "south-", "so_uth", &"s".repeat(33)] {
        Desk::two()
            .with(name, &firm("x.example.com", 2))
            .refused(&[&format!("`{name}` is no name of a firm")]);
    }
}

#[test]
fn lines_are_nobodys_in_common_and_a_folder_holds_somebody() {
    let phone = "[[phone]]\nuser = \"101\"\npassword = \"s\"\n";
    Desk::two().common(phone).refused(&["`[[phone]]`", "in the file of the firm"]);
    Desk::new().refused(&["no firm is in", "NAME.toml"]);
    let put_aside = Desk::new().with("north", &firm("n.example.com", 0)).with(".hidden", "x");
    fs::write(put_aside.folder.path().join("firms/south.toml.off"), "[firm").expect("written");
    assert_eq!(put_aside.several().firms.len(), 1);
    let nowhere = Desk::new();
    fs::remove_dir(nowhere.folder.path().join("firms")).expect("gone");
    nowhere.refused(&["`firms.folder`", "cannot read"]);
}
