using System.Globalization;
using Npgsql;

namespace LakebaseOps.Indexing;

/// <summary>The server settings of a build: user-context ones only, for this session or transaction only.</summary>
internal static class BuildSettings
{
    private static readonly string[] Names = ["maintenance_work_mem", "max_parallel_maintenance_workers", "statement_timeout", "min_parallel_table_scan_size"];

    /// <summary>Sets them; <paramref name="local"/> ends with the transaction, otherwise call <see cref="RestoreAsync"/>.</summary>
    public static async Task ApplyAsync(
        NpgsqlConnection connection, IndexResources resources, bool local, CancellationToken cancellationToken)
    {
        string[] values =
        [
            string.Create(CultureInfo.InvariantCulture, $"{resources.MemoryBytes / 1024}kB"),
            resources.Workers.ToString(CultureInfo.InvariantCulture),
            // A role's statement timeout is meant for queries, not for a build somebody asked for.
            "0",
            "0",
        ];
        int count = resources.AnySize ? Names.Length : Names.Length - 1;
        using NpgsqlCommand command = new("SELECT set_config(n, v, @local) FROM unnest(@names, @values) s(n, v)", connection);
        command.Parameters.AddWithValue("local", local);
        command.Parameters.AddWithValue("names", Names[..count]);
        command.Parameters.AddWithValue("values", values[..count]);
        await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
    }

    /// <summary>Puts the session's own values back.</summary>
    public static async Task RestoreAsync(NpgsqlConnection connection)
    {
        if (connection.FullState != System.Data.ConnectionState.Open)
            return;
        using NpgsqlCommand command = new(string.Join("; ", Names.Select(name => $"RESET {name}")), connection);
        await command.ExecuteNonQueryAsync(CancellationToken.None).ConfigureAwait(false);
    }
}
