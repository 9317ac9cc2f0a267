using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;
using System.Runtime.Loader;

namespace LakebaseOps.PowerShell.Tests;

/// <summary>Answers System.Management.Automation with the stand-in of tests/LakebaseOps.Automation.</summary>
internal static class StandIn
{
    /// <summary>Where the build puts it.</summary>
    public static string Path { get; } = System.IO.Path.Combine(AppContext.BaseDirectory, "automation", "System.Management.Automation.dll");

    [ModuleInitializer]
    [SuppressMessage("Usage", "CA2255", Justification = "Must stand before any type of the cmdlets is looked at.")]
    internal static void Supply() => AssemblyLoadContext.Default.Resolving += static (context, name) =>
        name.Name == "System.Management.Automation" ? context.LoadFromAssemblyPath(Path) : null;
}
