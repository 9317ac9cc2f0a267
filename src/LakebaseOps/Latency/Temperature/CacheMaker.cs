using LakebaseOps.Caching;
using LakebaseOps.Connections;
using LakebaseOps.Operations;
using LakebaseOps.Serving;
using Npgsql;

namespace LakebaseOps.Latency.Temperature;

/// <summary>
/// Brings the cache into the state that cells are to be measured in, before each of their blocks of requests, and keeps what
/// shows it.
/// </summary>
internal sealed class CacheMaker : IAsyncDisposable
{
    private const string Remedy =
        "Measure -CacheState Mixed and Cold on a sandbox (Start-LakebaseSandbox); elsewhere take -Distribution Uniform over more data than memory holds.";

    private readonly PostgresSession _session;
    private readonly NpgsqlConnection _connection;
    private readonly CacheTemperature _temperature;
    private readonly IReadOnlyList<CacheRelation> _relations;
    private readonly CacheTools _tools;
    private readonly SandboxFiles? _files;
    private readonly CacheEviction? _eviction;

    private CacheMaker(
        PostgresSession session, NpgsqlConnection connection, CacheTemperature temperature, IReadOnlyList<CacheRelation> relations,
        CacheTools tools, SandboxFiles? files)
    {
        _session = session;
        _connection = connection;
        _temperature = temperature;
        _relations = relations;
        _tools = tools;
        _files = files;
        _eviction = temperature == CacheTemperature.Hot ? null : new CacheEviction(connection, tools.Buffers, tools.Prewarm);
    }

    /// <summary>The files of the sandbox that the session is on.</summary>
    /// <exception cref="LakebaseException">SandboxRequired.</exception>
    public static Task<SandboxFiles> DemandSandboxAsync(PostgresSession session, NpgsqlConnection connection, CancellationToken cancellationToken) =>
        SandboxFiles.OfAsync(session, connection, Remedy, cancellationToken);

    /// <summary>Prepares; a server that is no sandbox is only made hot.</summary>
    /// <exception cref="LakebaseException">SandboxRequired; ObjectNotFound: an extension is missing.</exception>
    public static async Task<CacheMaker> OpenAsync(
        PostgresSession session, FeatureStatements statements, CacheTemperature temperature, CancellationToken cancellationToken)
    {
        NpgsqlConnection connection = await session.OpenAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            bool empties = temperature != CacheTemperature.Hot;
            SandboxFiles? files = empties
                ? await DemandSandboxAsync(session, connection, cancellationToken).ConfigureAwait(false)
                : await SandboxFiles.FindAsync(session, connection, cancellationToken).ConfigureAwait(false);
            CacheTools tools = await CacheTools.OpenAsync(connection, files is not null, empties, cancellationToken).ConfigureAwait(false);
            (IReadOnlyList<CacheRelation> relations, _) = await CacheRelation
                .ListAsync(connection, [.. statements.Relations.Select(table => table.ToString())], cancellationToken).ConfigureAwait(false);
            return new CacheMaker(session, connection, temperature, relations, tools, files);
        }
        catch
        {
            await connection.DisposeAsync().ConfigureAwait(false);
            throw;
        }
    }

    /// <summary>Makes the state, unless it lasts from before.</summary>
    /// <param name="former">What showed it in the cell's blocks so far.</param>
    /// <param name="cancellationToken">Stops it.</param>
    public async Task<CacheEvidence> MakeAsync(CacheEvidence? former, CancellationToken cancellationToken)
    {
        if (_temperature == CacheTemperature.Hot && former is not null)
            return former;
        string files = "left as it was";
        string by;
        if (_eviction is null)
        {
            IReadOnlyList<CacheState> warmed = await InnerSink.RunAsync<CacheState>(new InitializeCacheOperation(
                _session, new InitializeCacheOptions { Table = [.. _relations.Select(relation => relation.Table.ToString()).Distinct()], NoExtension = true }),
                cancellationToken).ConfigureAwait(false);
            by = string.Join(", ", warmed.Select(state => state.WarmedBy).Where(text => text.Length > 0).Distinct());
        }
        else
        {
            await _eviction.RunAsync(_relations, cancellationToken).ConfigureAwait(false);
            files = await _files!.DropAsync(_connection, _relations, cancellationToken).ConfigureAwait(false);
            by = _eviction.Method;
            if (_temperature == CacheTemperature.Mixed)
            {
                by += ", then pg_prewarm of the first half";
                foreach (CacheRelation relation in _relations)
                    await CacheWarmer.PrewarmAsync(_connection, _tools.Prewarm, relation, relation.SizeBytes / 2, _ => { }, cancellationToken).ConfigureAwait(false);
            }
        }

        CacheResidency seen = await CacheResidency.ReadAsync(_connection, _relations, _tools.Buffers, cancellationToken).ConfigureAwait(false);
        long size = _relations.Sum(relation => relation.SizeBytes);
        double? share = seen.Bytes is { } bytes && size > 0 ? Math.Min(1, (double)bytes.Values.Sum() / size) : null;
        return new CacheEvidence
        {
            Temperature = _temperature,
            MadeBy = by,
            FileCache = files,
            Evidence = seen.Evidence,
            Times = (former?.Times ?? 0) + 1,
            LeastResident = former is null || share is null ? share : Math.Min(former.LeastResident ?? 1, share.Value),
            MostResident = former is null || share is null ? share : Math.Max(former.MostResident ?? 0, share.Value),
        };
    }

    /// <inheritdoc />
    public async ValueTask DisposeAsync()
    {
        if (_eviction is not null)
            await _eviction.DisposeAsync().ConfigureAwait(false);
        await _tools.DisposeAsync().ConfigureAwait(false);
        await _connection.DisposeAsync().ConfigureAwait(false);
    }
}
