using System.Text.RegularExpressions;

namespace LakebaseOps.PowerShell.Tests.Sources;

/// <summary>No secret lies in the repository.</summary>
public sealed partial class SecretTests
{
    // Words that a connection string in documentation may show in the place of a password.
    private static readonly HashSet<string> Shown = new(StringComparer.OrdinalIgnoreCase)
    {
        "...", "***", "secret", "password", "<password>", "<secret>", "<token>",
    };

    [Fact]
    public void The_repository_holds_no_secret()
    {
        List<string> found = [];
        foreach (string path in TrackedFiles.All)
        {
            string[] lines = TrackedFiles.Text(path).Split('\n');
            for (int index = 0; index < lines.Length; index++)
                found.AddRange(Findings(lines[index]).Select(finding => $"{path}:{index + 1}: {finding}"));
        }

        Convention.Holds(found);
    }

    [Fact]
    public void The_scan_finds_what_it_looks_for()
    {
        // Put together here, so that this file is not a finding itself.
        string[] secrets =
        [
            "-----BEGIN " + "RSA PRIVATE KEY-----",
            "-----BEGIN " + "PRIVATE KEY-----",
            "token = " + "dapi" + "0123456789abcdef0123456789abcdef",
            "AKIA" + "IOSFODNN7EXAMPLE",
            "ey" + "JhbGciOiJIUzI1NiJ9.ey" + "JzdWIiOiIxMjM0In0.c2lnbmF0dXJlLW9mLWEtdG9rZW4",
            "ghp" + "_0123456789abcdefghijABCDEFGHIJ012345",
            "Host=db.example.com;Username=app;Pass" + "word=Tr0ub4dor",
            "postgresql" + "://app:Tr0ub4dor@db.example.com/features",
        ];
        Assert.All(secrets, secret => Assert.NotEmpty(Findings(secret)));
        Assert.All(
            ["Host=db;Pass" + "word=secret", "Password" + "=$(secret)", "Password = " + "options.Secret", "eyJ", "adapting"],
            harmless => Convention.Holds(Findings(harmless)));
    }

    private static IEnumerable<string> Findings(string line)
    {
        if (PrivateKey().IsMatch(line))
            yield return "a private key";
        if (Token().IsMatch(line))
            yield return "an access token";
        foreach (Match match in ConnectionString().Matches(line).Concat(Address().Matches(line)))
        {
            string value = match.Groups["value"].Value;
            // A variable, a placeholder or an expression is not a password.
            if (!Shown.Contains(value) && !Expression().IsMatch(value))
                yield return "a password in a connection string";
        }
    }

    [GeneratedRegex(@"[${}<>()""']")]
    private static partial Regex Expression();

    [GeneratedRegex("-----BEGIN [A-Z ]*PRIVATE KEY-----")]
    private static partial Regex PrivateKey();

    [GeneratedRegex(@"\bdapi[0-9a-f]{32}|\bdose[0-9a-f]{32}|\bAKIA[0-9A-Z]{16}\b|\beyJ[\w-]{10,}\.eyJ[\w-]{8,}\.[\w-]{10,}|\bgh[pousr]_[A-Za-z0-9]{30,}|\bxox[baprs]-[A-Za-z0-9-]{10,}")]
    private static partial Regex Token();

    [GeneratedRegex(@"(?<=;|\b)(?:Password|Pwd)=(?<value>[^;\s]+)(?=;|\s|""|$)", RegexOptions.IgnoreCase)]
    private static partial Regex ConnectionString();

    [GeneratedRegex(@"postgres(?:ql)?://[^:/\s]+:(?<value>[^@\s]+)@", RegexOptions.IgnoreCase)]
    private static partial Regex Address();
}
