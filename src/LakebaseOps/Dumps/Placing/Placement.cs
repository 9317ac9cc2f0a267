using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using LakebaseOps.Dumps.Restoring;
using LakebaseOps.Indexing;
using Npgsql;

namespace LakebaseOps.Dumps.Placing;

/// <summary>
/// Where objects lie until the swap, and how statements that call them by their own names get there. Names in statements are
/// never rewritten: within one transaction what has the place is moved aside, the statements run, and all is moved back.
/// Nobody else ever sees it.
/// </summary>
internal abstract class Placement
{
    /// <summary>Schemas that hold what is being made.</summary>
    public abstract IReadOnlyList<string> Stages { get; }

    /// <summary>Where a table's rows are to be sent.</summary>
    public abstract TableName Stage(TableName table);

    /// <summary>What a table will be called in the end.</summary>
    public abstract TableName Final(TableName table);

    /// <summary>Objects that stand in the way, in words; empty when the restore can begin.</summary>
    public abstract Task<IReadOnlyList<string>> ObstaclesAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    /// <summary>Makes room for statements, in the caller's transaction; answers how to leave.</summary>
    /// <param name="connection">A connection in a transaction.</param>
    /// <param name="first">True when nothing was made so far.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public abstract Task<IReadOnlyList<string>> EnterAsync(NpgsqlConnection connection, bool first, CancellationToken cancellationToken);

    /// <summary>Puts what was made in its place, in the caller's transaction; answers what was replaced, under its present name.</summary>
    public abstract Task<IReadOnlyList<string>> SwapAsync(NpgsqlConnection connection, CancellationToken cancellationToken);

    /// <summary>
    /// Takes from what is to be dropped all that something outside of it needs, in the caller's transaction; answers who needs what. Until that
    /// transaction ends nobody can begin to use a table of what remains.
    /// </summary>
    public virtual Task<IReadOnlyList<string>> StrangersAsync(NpgsqlConnection connection, List<string> drop, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>What was replaced and is there still, under its present name.</summary>
    public virtual Task<IReadOnlyList<string>> PreviousAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <summary>What lies in the place of what was replaced.</summary>
    public virtual string Successor(string previous) => previous;

    /// <summary>Statements that drop what was replaced.</summary>
    public abstract IReadOnlyList<string> DropSql(IReadOnlyList<string> previous);

    /// <summary>A name made of another, at most 63 bytes, the same for the same restore.</summary>
    public static string Name(string name, string role, Guid restore)
    {
        byte[] hash = SHA256.HashData(Encoding.UTF8.GetBytes($"{name} {role} {restore:N}"));
        string tail = $"__{role}_{Convert.ToHexString(hash.AsSpan(0, 5)).ToLower(CultureInfo.InvariantCulture)}";
        return IndexName.Cut(name, TableName.MaxBytes - tail.Length) + tail;
    }

    /// <summary>Runs statements one after the other.</summary>
    public static async Task RunAsync(NpgsqlConnection connection, IEnumerable<string> statements, CancellationToken cancellationToken)
    {
        foreach (string sql in statements)
        {
            using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
            await command.ExecuteNonQueryAsync(cancellationToken).ConfigureAwait(false);
        }
    }

    /// <summary>The first column of a query's rows.</summary>
    public static async Task<IReadOnlyList<string>> ListAsync(NpgsqlConnection connection, string sql, CancellationToken cancellationToken, params object[] values)
    {
        List<string> found = [];
        using NpgsqlCommand command = new(sql, connection) { CommandTimeout = 0 };
        foreach (object value in values)
            command.Parameters.Add(new() { Value = value });
        NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
        await using (reader.ConfigureAwait(false))
        {
            while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                found.Add(reader.GetString(0));
        }

        return found;
    }
}

/// <summary>Objects are made in their places, which are free.</summary>
/// <param name="names">Tables, views and sequences that will be made.</param>
internal sealed class OwnPlace(IReadOnlyList<TableName> names) : Placement
{
    /// <inheritdoc />
    public override IReadOnlyList<string> Stages => [];

    /// <inheritdoc />
    public override TableName Stage(TableName table) => table;

    /// <inheritdoc />
    public override TableName Final(TableName table) => table;

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> ObstaclesAsync(NpgsqlConnection connection, CancellationToken cancellationToken) => ListAsync(
        connection, "SELECT label FROM unnest($1, $2) AS wanted (name, label) WHERE to_regclass(name) IS NOT NULL", cancellationToken,
        names.Select(name => name.ToSql()).ToArray(), names.Select(name => name.ToString()).ToArray());

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> EnterAsync(NpgsqlConnection connection, bool first, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <inheritdoc />
    public override Task<IReadOnlyList<string>> SwapAsync(NpgsqlConnection connection, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<string>>([]);

    /// <inheritdoc />
    public override IReadOnlyList<string> DropSql(IReadOnlyList<string> previous) => [];
}
