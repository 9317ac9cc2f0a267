using LakebaseOps.Dumps.Definitions;

namespace LakebaseOps.Tests.Dumps.Definitions;

/// <summary>The pg_dump of this machine.</summary>
internal static class InstalledPgDump
{
    /// <summary>One that can read a server; the test is skipped where there is none.</summary>
    public static async Task<string> ForAsync(int serverMajor)
    {
        try
        {
            return await PgDumpProgram.FindAsync(serverMajor, TestContext.Current.CancellationToken);
        }
        catch (LakebaseException missing) when (missing.Error.Id == ErrorIds.PgDumpNotFound)
        {
            Assert.Skip($"{missing.Error.Message} It was NOT run.");
            throw;
        }
    }
}
