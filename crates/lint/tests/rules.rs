//! Each rule that no foreign judge covers, on what it means and on what it must not mean.

use lint::{Config, Surroundings, lint};

/// `line: rule` of every finding of the rules that are named in it.
fn found(dockerfile: &str, rule: &str) -> Vec<u32> {
    let config = Config { wants_all: true, ..Config::default() };
    let linted = lint("Dockerfile", dockerfile, &Surroundings::default(), &config);
    let of_rule = linted.findings.iter().filter(|finding| finding.rule == format!("dockerfile/{rule}"));
    of_rule.filter_map(|finding| Some(finding.location.source.as_ref()?.line)).collect()
}

#[track_caller]
fn check(rule: &str, bad: &[&str], good: &[&str]) {
    for instruction in bad {
        let dockerfile = format!("FROM debian:12\n{instruction}\n");
        assert!(!found(&dockerfile, rule).is_empty(), "{rule} misses: {instruction}");
    }
    for instruction in good {
        let dockerfile = format!("FROM debian:12\n{instruction}\n");
        assert_eq!(found(&dockerfile, rule), [0_u32; 0], "{rule} means: {instruction}");
    }
}

#[test]
fn what_hadolint_takes_for_right_in_real_files_is_right() {
    check(
        "wget-progress-in-log",
        &["RUN wget -O - http://x"],
        &["RUN wget -qO- http://x | tar -x", "RUN wget -nv http://x"],
    );
    check(
        "invalid-label-key",
        &["LABEL Aa=1", "LABEL a..b=1", "LABEL com.docker.a=1", "LABEL a_=1"],
        &["LABEL a_b=1", "LABEL a/b=1", "LABEL a.b-c=1"],
    );
}

#[test]
fn licences_are_spdx_expressions() {
    let config =
        || Config { label_schema: [("l".to_owned(), lint::LabelKind::Spdx)].into(), ..Config::default() };
    for (value, is_right) in [
        ("MIT", true),
        ("MIT OR Apache-2.0", true),
        ("GPL-2.0-or-later WITH Classpath-exception-2.0", true),
        ("LicenseRef-mine", true),
        ("GPL-9", false),
        ("MIT AND", false),
        ("Apache 2.0", false),
        ("", false),
    ] {
        let text = format!("FROM debian:12\nLABEL l=\"{value}\"\n");
        let linted = lint("Dockerfile", &text, &Surroundings::default(), &config());
        let told = linted.findings.iter().any(|finding| finding.rule == "dockerfile/label-not-licence");
        assert_eq!(told, !is_right, "{value}");
    }
}

#[test]
fn verification_that_is_switched_off_is_found() {
    check(
        "curl-without-verification",
        &["RUN curl -k https://x", "RUN curl -fsSLk https://x", "RUN a && curl --insecure https://x"],
        &["RUN curl -fsSL https://x", "RUN curl --cacert k https://x", "RUN echo curl -k"],
    );
    check(
        "wget-without-verification",
        &["RUN wget --no-check-certificate https://x"],
        &["RUN wget -q https://x"],
    );
    check(
        "pip-without-verification",
        &[
            "RUN pip install --trusted-host x a",
            "ENV PIP_TRUSTED_HOST=x",
            "RUN pip3 config set global.trusted-host x",
        ],
        &["RUN pip install a", "ENV PIP_INDEX_URL=https://x"],
    );
    check(
        "python-without-verification",
        &["ENV PYTHONHTTPSVERIFY=0", "RUN export PYTHONHTTPSVERIFY=0"],
        &["ENV PYTHONHTTPSVERIFY=1"],
    );
    check(
        "node-without-verification",
        &[
            "ENV NODE_TLS_REJECT_UNAUTHORIZED=0",
            "RUN NODE_TLS_REJECT_UNAUTHORIZED=0 npm ci",
            "RUN npm config set strict-ssl false",
            "RUN yarn config set strict-ssl false",
            "ENV NPM_CONFIG_STRICT_SSL=false",
        ],
        &["ENV NODE_TLS_REJECT_UNAUTHORIZED=1", "RUN npm config set strict-ssl true"],
    );
    check("apk-without-verification", &["RUN apk add --allow-untrusted a.apk"], &["RUN apk add a"]);
    check(
        "apt-without-verification",
        &[
            "RUN apt-get install --allow-unauthenticated -y a",
            "RUN apt-get install -y --force-yes a",
            "RUN apt-get -o APT::Get::AllowUnauthenticated=true install a",
            "RUN echo 'deb [trusted=yes] https://x ./' > /etc/apt/sources.list.d/x.list",
        ],
        &["RUN apt-get install -y a", "RUN echo 'deb [signed-by=/x] https://x ./' > /etc/apt/sources.list"],
    );
    check(
        "rpm-without-verification",
        &[
            "RUN yum install --nogpgcheck a",
            "RUN rpm -i --nosignature a.rpm",
            "RUN dnf --setopt=sslverify=false install a",
            "RUN yum-config-manager --save --setopt=sslverify=0",
            "RUN zypper --no-gpg-checks install a",
        ],
        &["RUN dnf install -y a", "RUN yum --setopt=tsflags=nodocs install a"],
    );
    check(
        "git-without-verification",
        &[
            "ENV GIT_SSL_NO_VERIFY=1",
            "RUN GIT_SSL_NO_VERIFY=true git clone https://x",
            "RUN git config --global http.sslVerify false",
        ],
        &["RUN git clone https://x", "RUN git config --global http.sslVerify true"],
    );
    check(
        "verification-switched-off",
        &["RUN ssh -o StrictHostKeyChecking=no h", "ENV GOSUMDB=off", "RUN go get -insecure x.y/z"],
        &["RUN ssh-keyscan h >> known_hosts", "ENV GOSUMDB=sum.golang.org"],
    );
}

#[test]
fn what_is_downloaded_and_run_is_found() {
    check(
        "download-run-unverified",
        &[
            "RUN curl -sSL https://x | sh",
            "RUN wget -qO- https://x | bash -s -- -y",
            "RUN curl https://x | gunzip | python3 -",
            "RUN bash -c \"$(curl -fsSL https://x)\"",
            "RUN sh <(curl https://x)",
            "RUN <<EOF\nset -e\ncurl https://x | sh\nEOF",
        ],
        &[
            "RUN curl -sSL https://x -o y && sha256sum -c y.sum && sh y",
            "RUN curl https://x | tar xz",
            "RUN curl https://x | python3 -c 'import json'",
            "RUN curl https://x | gpg --import",
            "RUN echo 'curl x | sh'",
            "RUN node -e \"console.log(1)\" | sh x.sh",
        ],
    );
    check(
        "file-fetched-without-tls",
        &["ADD http://x.example/a.tgz /a", "RUN curl -O http://x.example/a.tgz"],
        &[
            "ADD https://x.example/a.tgz /a",
            "RUN curl http://localhost:8080/health",
            "RUN curl -O http://x.example/a && echo 'abc  a' | sha256sum -c -",
        ],
    );
    check(
        "remote-add-without-checksum",
        &["ADD https://x.example/a /a", "ADD https://x.example/a.git /a"],
        &["ADD --checksum=sha256:aa https://x.example/a /a", "ADD a.tgz /a", "COPY a /a"],
    );
}

#[test]
fn rights_that_are_opened_are_found() {
    check(
        "world-writable",
        &[
            "RUN chmod 777 /a",
            "RUN chmod -R 0777 /a",
            "RUN chmod a+rwx /a",
            "RUN chmod o+w a",
            "COPY --chmod=777 a /a",
        ],
        &[
            "RUN chmod 755 /a",
            "RUN chmod +x /a",
            "RUN chmod 1777 /tmp",
            "RUN chmod g+w a",
            "COPY --chmod=755 a /a",
        ],
    );
    check(
        "setuid-set",
        &["RUN chmod 4755 /a", "RUN chmod u+s /a", "RUN chmod +s /a", "RUN install -m 4755 a /b"],
        &["RUN chmod 755 /a", "RUN chmod a-s /a", "RUN chmod 2775 /shared", "RUN chmod -R g+s /data"],
    );
    check(
        "password-set-in-build",
        &["RUN echo root:x | chpasswd", "RUN echo x | passwd --stdin root", "RUN useradd -p '$6$x' a"],
        &["RUN useradd -m a", "RUN passwd -l root", "RUN useradd -p '!' a"],
    );
    check(
        "setuid-programs-left",
        &["CMD [\"a\"]"],
        &["RUN find / -xdev -perm /6000 -type f -exec chmod a-s {} +", "FROM scratch\nCMD [\"a\"]"],
    );
    check("password-removed", &["RUN passwd -d root"], &["RUN passwd -l root"]);
    check(
        "second-root-account",
        &[
            "RUN useradd -u 0 -o a",
            "RUN usermod -aG sudo a",
            "RUN adduser a wheel",
            "RUN useradd -G docker,audio a",
        ],
        &[
            "RUN useradd -u 1000 a",
            "RUN usermod -aG audio a",
            "RUN adduser -D -u 65532 a",
            "RUN addgroup -g 1000 a",
        ],
    );
    check(
        "sudoers-changed",
        &[
            "RUN echo 'a ALL=(ALL) NOPASSWD:ALL' >> /etc/sudoers",
            "COPY a /etc/sudoers.d/a",
            "RUN echo x | tee /etc/sudoers.d/a",
        ],
        &["RUN cat /etc/sudoers", "COPY a /etc/app"],
    );
    check(
        "ssh-keys-in-image",
        &[
            "RUN ssh-keygen -A",
            "COPY k /root/.ssh/authorized_keys",
            "RUN echo k >> /root/.ssh/authorized_keys",
        ],
        &["RUN ssh-keyscan h >> /root/.ssh/known_hosts", "RUN mkdir -p /root/.ssh", "RUN ssh-keygen -R h"],
    );
}

#[test]
fn secrets_are_found_where_they_are_written() {
    check(
        "secret-in-variable",
        &["ENV DB_PASSWORD=x", "ARG NPM_TOKEN", "ENV AWS_SECRET_ACCESS_KEY=x"],
        &[
            "ENV PUBLIC_KEY=x",
            "ARG VERSION",
            "ENV KEYBOARD=us",
            "ENV PASSWORD_FILE=/run/x",
            "ENV GPG_KEY 7169605F62C751356D054A26A821E680E5FA6305",
        ],
    );
    check(
        "secret-on-command-line",
        &["RUN curl -u a:hunter2 https://x", "RUN git clone https://a:hunter2@x.example/y"],
        &[
            "RUN curl -u a:$P https://x",
            "RUN git clone https://$T@x.example/y",
            "RUN git clone git@x.example:y",
        ],
    );
    check(
        "secret-file-copied",
        &["COPY id_rsa /root/", "COPY .env /app/", "ADD a/b.p12 /"],
        &["COPY id_rsa.pub /root/", "COPY .env.example /app/", "COPY --from=x /k.key /"],
    );
    check(
        "secret-removed-too-late",
        &["COPY id_rsa /root/.ssh/id_rsa\nRUN make && rm /root/.ssh/id_rsa"],
        &["COPY a /a\nRUN rm /a", "RUN rm -f /root/.ssh/id_rsa"],
    );
}

#[test]
fn the_rest_means_what_it_says() {
    check("ssh-port-exposed", &["EXPOSE 22", "EXPOSE 80 22/tcp"], &["EXPOSE 2222", "EXPOSE 22/udp"]);
    check(
        "system-directory-as-workdir",
        &["WORKDIR /etc", "WORKDIR /usr/bin/"],
        &["WORKDIR /usr/src/app", "WORKDIR /opt"],
    );
    check(
        "lone-package-index-update",
        &["RUN apt-get update"],
        &["RUN apt-get update && apt-get install -y a", "RUN apt-get update && ./install.sh"],
    );
    check("distribution-upgraded", &["RUN apt-get dist-upgrade -y"], &["RUN apt-get upgrade -y"]);
    check(
        "unknown-flag",
        &["COPY --form=a b /c", "RUN --mounts=type=ssh a"],
        &["COPY --from=a --link --chmod=755 b /c", "RUN --mount=type=ssh --network=none a"],
    );
    check("no-user", &["CMD [\"a\"]"], &["USER 1000\nCMD [\"a\"]"]);
    check("several-cmds", &["CMD [\"a\"]\nCMD [\"b\"]"], &["CMD [\"a\"]\nFROM a\nCMD [\"b\"]"]);
    check("port-with-host-part", &["EXPOSE 80:80"], &["EXPOSE 80/tcp", "EXPOSE ${PORT:-80}"]);
    check("not-understood", &["RUM x", "ENV a"], &["RUN x"]);
    check(
        "ignore-not-understood",
        &["# hadolint ignore=nonsense,DL3008\nRUN a"],
        &["# hadolint ignore=DL3008\nRUN a", "# hadolint is a linter"],
    );
}

#[test]
fn dockerignore_that_lets_secrets_through_is_found() {
    let judge = |ignore: Option<&str>| {
        let around = Surroundings { dockerignore: ignore.map(str::to_owned), ..Surroundings::default() };
        let linted = lint("Dockerfile", "FROM a:1\nCOPY . /a\n", &around, &Config::default());
        linted.findings.iter().any(|finding| finding.rule == "dockerfile/secrets-in-build-context")
    };
    assert!(judge(Some("")) && judge(Some("*.md\n")));
    assert!(!judge(None) && !judge(Some(".git\n.env*\n")) && !judge(Some("**\n!src\n")));
}

#[test]
fn places_are_exact_across_continuations_and_heredocs() {
    let place = |dockerfile: &str, rule: &str| {
        let linted = lint("Dockerfile", dockerfile, &Surroundings::default(), &Config::default());
        let finding = linted.findings.into_iter().find(|finding| finding.rule == rule).expect("a finding");
        let span = finding.location.source.expect("a place");
        (span.line, span.column, span.end_line, span.end_column)
    };
    let continued = "FROM a:1\nRUN set -e; \\\n  # why\n  é && \\\n  sudo make\n";
    assert_eq!(place(continued, "dockerfile/sudo-used"), (5, 3, 5, 12));
    let heredoc = "FROM a:1\nRUN <<EOF\nset -e\n  sudo make\nEOF\n";
    assert_eq!(place(heredoc, "dockerfile/sudo-used"), (4, 3, 4, 12));
    assert_eq!(place("FROM a:1\nONBUILD RUN sudo make\n", "dockerfile/sudo-used"), (2, 13, 2, 22));
    assert_eq!(
        place("FROM a:1\nRUN cat <<EOF > /x && rm $Y\na\nEOF\n", "shell/unquoted-variable"),
        (2, 26, 2, 28)
    );
}

#[test]
fn shell_texts_lead_back_to_the_file() {
    let dockerfile = "FROM a:1\nARG V\nRUN set -e; \\\n  # why\n  é && rm $V\nRUN <<EOF\na\n  rm $W\nEOF\n";
    let texts = lint::shell_texts(dockerfile);
    assert_eq!(texts.len(), 2);
    let at = |text: &lint::ShellText, line, column| {
        &dockerfile[text.locate(line, column).expect("a place")..][..2]
    };
    let column = texts[0].text.chars().position(|c| c == '$').expect("a variable") + 1;
    assert_eq!(at(&texts[0], 1, column), "$V");
    assert_eq!(at(&texts[1], 2, 6), "$W");
    assert!(texts[0].variables.contains(&"V".to_owned()));
}

#[test]
fn comments_ignore_what_they_name_and_no_more() {
    let judge = |dockerfile: &str, config: &Config| {
        let linted = lint("Dockerfile", dockerfile, &Surroundings::default(), config);
        let is_sudo = |rule: &str| rule == "dockerfile/sudo-used";
        let reason =
            linted.suppressed.iter().find(|item| is_sudo(&item.finding.rule)).map(|item| item.reason.clone());
        (linted.findings.iter().filter(|finding| is_sudo(&finding.rule)).count(), reason)
    };
    let default = Config::default();
    for (comment, reason) in [
        ("# hadolint ignore=DL3004", "a comment ignores the rule, without a reason"),
        ("# hadolint ignore=DL3008,DL3004 # the base wants it", "the base wants it"),
        ("# seawall ignore=dockerfile/sudo-used // why not", "why not"),
        ("# seawall ignore=CKV2_DOCKER_1", "a comment ignores the rule, without a reason"),
    ] {
        let dockerfile = format!("FROM a:1\n{comment}\nRUN sudo a\nRUN sudo b\n");
        assert_eq!(judge(&dockerfile, &default), (1, Some(reason.to_owned())), "{comment}");
        let strict = Config { forbids_inline_ignores: true, ..Config::default() };
        assert_eq!(judge(&dockerfile, &strict), (2, None), "{comment}");
    }
    let file = "# hadolint global ignore=DL3004\nFROM a:1\nRUN sudo a\nRUN sudo b\n";
    assert_eq!(judge(file, &default).0, 0);
    let stage = "# hadolint stage ignore=DL3004\nFROM a:1\nRUN sudo a\nFROM b:1\nRUN sudo b\n";
    assert_eq!(judge(stage, &default).0, 1);
    let ignored = Config { ignored: vec!["DS-0010".to_owned()], ..Config::default() };
    assert_eq!(judge("FROM a:1\nRUN sudo a\n", &ignored).0, 0);
}

#[test]
fn fixes_change_what_they_say_and_nothing_else() {
    let dockerfile = "from debian:12 AS a\nMAINTAINER me <me@example.com>\nENV A b\nRUN apt-get update && \\\n    apt-get install curl\n\
                      RUN apk add a\nRUN pip install a==1\nEXPOSE 80/TCP\nCOPY a b /c\nADD x /y\nCMD echo \"a b\" 'c'\n";
    let digest = format!("sha256:{}", "a".repeat(64));
    let around = Surroundings {
        digests: [("debian:12".to_owned(), digest.clone())].into(),
        ..Surroundings::default()
    };
    let config =
        Config { enabled: vec!["dockerfile/base-image-without-digest".to_owned()], ..Config::default() };
    let mut text = dockerfile.to_owned();
    for _ in 0..3 {
        text =
            lint::apply_fixes(&text, &lint("Dockerfile", &text, &around, &config).findings, lint::Made::Safe)
                .text;
    }
    let expected = format!(
        "FROM debian:12@{digest} AS a\nLABEL org.opencontainers.image.authors=\"me <me@example.com>\"\nENV A=b\n\
         RUN apt-get update && \\\n    apt-get install --no-install-recommends -y curl && rm -rf /var/lib/apt/lists/*\n\
         RUN apk add --no-cache a\nRUN pip install --no-cache-dir a==1\nEXPOSE 80/tcp\nCOPY a b /c/\nCOPY x /y\n\
         CMD [\"echo\", \"a b\", \"c\"]\n"
    );
    assert_eq!(text, expected);
}

#[test]
fn a_command_that_needs_its_shell_keeps_it() {
    for command in [
        "CMD echo $HOME",
        "CMD a && b",
        "CMD exec a",
        "CMD a > /b",
        "ENTRYPOINT A=b c",
        "CMD ls *.txt",
        "CMD a;b",
    ] {
        let text = format!("FROM a:1\n{command}\n");
        let linted = lint("Dockerfile", &text, &Surroundings::default(), &Config::default());
        let fix = linted.findings.iter().find(|finding| finding.rule == "dockerfile/shell-form-command");
        assert!(fix.is_some_and(|finding| finding.fix.is_none()), "{command}");
    }
}

#[test]
fn codes_of_other_tools_lead_to_rules() {
    for (code, rule) in [
        ("DL3004", "dockerfile/sudo-used"),
        ("ckv2_docker_2", "dockerfile/curl-without-verification"),
        ("SC2086", "shell/unquoted-variable"),
    ] {
        assert_eq!(lint::rule_called(code).map(|info| info.id), Some(rule));
    }
    assert!(lint::rule_called("DL9999").is_none());
}
