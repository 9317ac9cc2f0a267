using System.Runtime.InteropServices;

namespace LakebaseOps.Workflows;

/// <summary>The facts of this machine and process that bear on figures.</summary>
internal static class ClientFacts
{
    /// <summary>Reads them.</summary>
    public static ClientEnvironment Read() => new()
    {
        OperatingSystem = RuntimeInformation.OSDescription,
        Runtime = RuntimeInformation.FrameworkDescription,
        Processors = Environment.ProcessorCount,
        MemoryBytes = GC.GetGCMemoryInfo().TotalAvailableMemoryBytes,
        Host = Host(),
    };

    /// <summary>Version of LakebaseOps.</summary>
    public static string ToolVersion => typeof(ClientFacts).Assembly.GetName().Version?.ToString(3) ?? "";

    private static string Host()
    {
        Version? shell = AppDomain.CurrentDomain.GetAssemblies()
            .FirstOrDefault(assembly => assembly.GetName().Name == "System.Management.Automation")?.GetName().Version;
        return shell is null ? AppDomain.CurrentDomain.FriendlyName : $"PowerShell {shell.ToString(3)}";
    }
}
