using System.Net;
using System.Runtime.InteropServices;
using LakebaseOps.Connections;
using LakebaseOps.Sandboxes;
using Microsoft.Win32.SafeHandles;
using Npgsql;
using NpgsqlTypes;

namespace LakebaseOps.Caching;

/// <summary>The files of a sandbox's tables on this machine.</summary>
internal sealed partial class SandboxFiles
{
    private const int DontNeed = 4;

    private readonly string _data;

    private SandboxFiles(string data) => _data = data;

    /// <summary>Those of the session's server.</summary>
    /// <param name="session">The session.</param>
    /// <param name="connection">A connection of it.</param>
    /// <param name="remedy">What to do when it is no sandbox.</param>
    /// <param name="cancellationToken">Stops it.</param>
    /// <exception cref="LakebaseException">SandboxRequired: it is no sandbox.</exception>
    public static async Task<SandboxFiles> OfAsync(
        PostgresSession session, NpgsqlConnection connection, string remedy, CancellationToken cancellationToken) =>
        await FindAsync(session, connection, cancellationToken).ConfigureAwait(false) ?? throw new LakebaseError(
            ErrorIds.SandboxRequired, LakebaseErrorKind.InvalidArgument,
            $"'{session.Name}' is no sandbox of this machine: the caches of a server that others may use are not emptied.")
        {
            Target = session.Name,
            Remedy = remedy,
        }.ToException();

    /// <summary>
    /// The same, or null for a server that is no sandbox of this machine. One is: its data directory is a sandbox's own, and that
    /// one's record names the port that the session is connected to.
    /// </summary>
    public static async Task<SandboxFiles?> FindAsync(PostgresSession session, NpgsqlConnection connection, CancellationToken cancellationToken)
    {
        string? data = null;
        NpgsqlCommand command = new("SELECT current_setting('data_directory', true)", connection);
        await using (command.ConfigureAwait(false))
        {
            try
            {
                data = await command.ExecuteScalarAsync(cancellationToken).ConfigureAwait(false) as string;
            }
            catch (PostgresException barred) when (barred.SqlState == PostgresErrorCodes.InsufficientPrivilege)
            {
                // A role that may not know is not a sandbox's superuser.
            }
        }

        return data is { Length: > 0 } && IsLoopback(session.Host) && Path.GetDirectoryName(Path.GetFullPath(data)) is string path
            && new SandboxFolder(path).Read() is { State: "Running" } sandbox && sandbox.Port == session.Port
            ? new SandboxFiles(data) : null;
    }

    /// <summary>Writes back and drops what the operating system keeps of the relations' files; says what became of it.</summary>
    public async Task<string> DropAsync(NpgsqlConnection connection, IReadOnlyList<CacheRelation> relations, CancellationToken cancellationToken)
    {
        if (!OperatingSystem.IsLinux())
            return "not dropped: only Linux allows it file by file";
        int files = 0;
        foreach (string path in await PathsAsync(connection, relations, cancellationToken).ConfigureAwait(false))
        {
            // Large relations are divided into files with a number behind the name.
            for (int segment = 0; File.Exists(Segment(path, segment)); segment++)
            {
                try
                {
                    using SafeFileHandle file = File.OpenHandle(Segment(path, segment));
                    // What is not on the disk yet is not dropped.
                    RandomAccess.FlushToDisk(file);
                    if (PosixFadvise(file, 0, 0, DontNeed) != 0)
                        return "not dropped: the file system does not take the advice";
                    files++;
                }
                catch (Exception barred) when (barred is UnauthorizedAccessException or IOException)
                {
                    return "not dropped: this account may not open the server's files";
                }
            }
        }

        return FormattableString.Invariant($"dropped for {files} files");
    }

    private async Task<List<string>> PathsAsync(NpgsqlConnection connection, IReadOnlyList<CacheRelation> relations, CancellationToken cancellationToken)
    {
        NpgsqlCommand command = new("SELECT pg_relation_filepath(oid) FROM unnest($1) oid", connection)
        { Parameters = { new() { Value = relations.Select(relation => relation.Oid).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Oid } } };
        await using (command.ConfigureAwait(false))
        {
            NpgsqlDataReader reader = await command.ExecuteReaderAsync(cancellationToken).ConfigureAwait(false);
            await using (reader.ConfigureAwait(false))
            {
                List<string> paths = [];
                while (await reader.ReadAsync(cancellationToken).ConfigureAwait(false))
                    paths.Add(Path.Combine(_data, reader.GetString(0)));
                return paths;
            }
        }
    }

    private static string Segment(string path, int number) => number == 0 ? path : FormattableString.Invariant($"{path}.{number}");

    private static bool IsLoopback(string host) =>
        host is "localhost" || host.StartsWith('/') || (IPAddress.TryParse(host, out IPAddress? address) && IPAddress.IsLoopback(address));

    [LibraryImport("libc", EntryPoint = "posix_fadvise")]
    private static partial int PosixFadvise(SafeFileHandle file, long offset, long length, int advice);
}
