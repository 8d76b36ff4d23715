//! Pipelines, their settings and their keys.

use super::case::Case;

pub(super) fn cases() -> Vec<Case> {
    let set = [
        "run agent --to lake",
        "run '' --to lake",
        "run ./mine.yaml --to lake",
        "run . --to lake",
        "run agentx --to lake",
        "run agentx --to lake --stream mesages --set params.bot_name=b",
        "run agentx --to lake --set nothing",
        "run agentx --to lake --set https://ann:S3cret@h.invalid",
        "run agentx --to lake --set a..b=1",
        "run agentx --to lake --set params.bot_nam=b",
        "run agentx --to lake --set params.bot_name=",
        "run agentx --to lake --set 'params.bot_name=[a, b'",
        "run agentx --to lake --set 'params={\"bot_name\":'",
        "run agentx --to lake --set params.bot_name=b --set 'rate_limit={per: stream'",
        "run agentx --to lake --set params.bot_name=b --set rate_limit=fast",
        "run agentx --to lake --set params.bot_name=b --set rate_limit.requests_per_second=fast",
        "run agentx --to lake --set params.bot_name=b --set rate_limit.requests_per_second=-1",
        "run agentx --to lake --set params.bot_name=b --set rate_limt.per=stream",
        "run agentx --to lake --set params.bot_name=b --set auth=3",
        "run agentx --to lake --set params.bot_name=b --set buckets=1.5",
        "run agentx --to lake --set params.bot_name=b --set timeouts.idle=soon",
        "run agentx --to lake --set params.bot_name=b --set base_url=nowhere",
        "run agentx --to lake --set params.bot_name=b --set base_url=http://h:99999",
        "run agentx --to lake --set params.bot_name=b --set base_url=https://ann:S3cret@h.invalid",
    ];
    let mut cases: Vec<Case> = set.map(Case::new).into();
    let files: [&[u8]; 13] = [
        b"",
        b"\xff\xfe",
        b"hello",
        b"- a",
        b"[",
        b"name: \"a\n",
        b"name: a\nbase_url: @x\n",
        b"name: a\nname: b\n",
        b"name: *a\n",
        b"name: a\n---\nname: b\n",
        b"name: a\n",
        b"nme: a\n",
        b"name: a\nbase_url: https://h.invalid\nbuckets: many\nstreams: {}\n",
    ];
    let own = "run mine.yaml --to lake";
    cases.extend(files.map(|bytes| Case::new(own).file("mine.yaml", bytes)));
    let key = "run agentx --to lake --set params.bot_name=b --set base_url=SOURCE";
    cases.push(Case::new(key).env("AGENTX_API_KEY", ""));
    cases.push(Case::new(key).env("AGENTX_API_KEY", "S3cret\nS3cret"));
    for (name, bytes) in [("no-such-key", &b""[..]), (".", b""), ("key", b"")] {
        let path = if name == "key" { "key" } else { "other" };
        let case = Case::new(key).env("AGENTX_API_KEY", "").file(path, bytes);
        cases.push(case.env("AGENTX_API_KEY_FILE", name));
    }
    cases
}
